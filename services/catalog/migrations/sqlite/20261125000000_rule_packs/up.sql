CREATE TABLE rule_pack (
    id           TEXT PRIMARY KEY,
    number       INTEGER,
    code         TEXT NOT NULL,
    title        TEXT NOT NULL,
    state        TEXT NOT NULL,
    content      TEXT NOT NULL,
    digest       TEXT NOT NULL,
    findings     TEXT NOT NULL,
    valid_from   TEXT NOT NULL,
    valid_to     TEXT,
    reason       TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    decided_by   TEXT,
    decided_at   INTEGER,
    decision     TEXT,
    version      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX rule_pack_number ON rule_pack (number) WHERE number IS NOT NULL;
CREATE INDEX rule_pack_valid ON rule_pack (valid_from, number);
CREATE INDEX rule_pack_state ON rule_pack (state, id);

-- What was uploaded never changes, and what was decided stays decided.
CREATE TRIGGER rule_pack_content BEFORE UPDATE OF id, code, title, content, digest, findings, valid_from, valid_to, reason,
    created_by, created_at ON rule_pack BEGIN SELECT RAISE(ABORT, 'an uploaded rule pack is immutable'); END;
CREATE TRIGGER rule_pack_decided BEFORE UPDATE ON rule_pack WHEN OLD.state <> 'draft'
    BEGIN SELECT RAISE(ABORT, 'a decided rule pack is immutable'); END;
CREATE TRIGGER rule_pack_kept BEFORE DELETE ON rule_pack
    BEGIN SELECT RAISE(ABORT, 'a rule pack is kept'); END;
