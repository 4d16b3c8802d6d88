-- Why a plan or a visit departs from what the rules expect. A row of its own for plans, whose table is full.
CREATE TABLE plan_reason (
    plan_id TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    kind    TEXT NOT NULL,
    code    TEXT,
    reason  TEXT NOT NULL,
    PRIMARY KEY (plan_id, kind)
) WITHOUT ROWID;
ALTER TABLE visit ADD COLUMN reasons TEXT;

-- Which account an inspector acts by; one of each at most.
CREATE TABLE inspector_account (
    inspector_id TEXT PRIMARY KEY REFERENCES inspector (id) ON DELETE CASCADE,
    account      TEXT NOT NULL,
    organ_code   TEXT NOT NULL,
    linked_by    TEXT NOT NULL,
    linked_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX inspector_account_account ON inspector_account (account);
CREATE INDEX inspector_account_organ_code ON inspector_account (organ_code);

-- What an organ has decided about its own inspections.
CREATE TABLE organ_setting (
    organ_code        TEXT PRIMARY KEY,
    linked_field_work BOOLEAN NOT NULL,
    updated_by        TEXT NOT NULL,
    version           INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) WITHOUT ROWID;

-- Lists of merged visits named the visits where every list names its templates, and could not be read.
UPDATE checklist SET sources = '[]' WHERE sources LIKE '{%';
