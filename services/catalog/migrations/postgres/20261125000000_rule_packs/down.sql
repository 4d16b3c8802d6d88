DROP TRIGGER rule_pack_kept ON rule_pack;
DROP TRIGGER rule_pack_decided ON rule_pack;
DROP TRIGGER rule_pack_content ON rule_pack;
DROP TABLE rule_pack;
