DROP TRIGGER evidence_custody_immutable ON evidence_custody;
DROP FUNCTION refuse_change_of_results();
DROP TABLE rating;
DROP TABLE evidence_recognition;
DROP TABLE evidence_custody;
DROP TABLE evidence;
DROP TABLE disposal;
DROP TABLE correction;
DROP TABLE result;
