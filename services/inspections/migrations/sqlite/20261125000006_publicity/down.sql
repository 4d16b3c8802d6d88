DROP TABLE publicity_channel;
DROP TABLE publicity_record;
