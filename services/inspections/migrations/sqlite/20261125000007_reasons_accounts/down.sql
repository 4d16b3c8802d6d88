DROP TABLE organ_setting;
DROP TABLE inspector_account;
ALTER TABLE visit DROP COLUMN reasons;
DROP TABLE plan_reason;
