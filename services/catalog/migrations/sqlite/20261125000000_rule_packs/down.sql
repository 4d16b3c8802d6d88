DROP TRIGGER rule_pack_kept;
DROP TRIGGER rule_pack_decided;
DROP TRIGGER rule_pack_content;
DROP TABLE rule_pack;
