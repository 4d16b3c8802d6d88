CREATE TABLE rule_pack (
    id           UUID PRIMARY KEY,
    number       BIGINT,
    code         TEXT NOT NULL,
    title        TEXT NOT NULL,
    state        TEXT NOT NULL,
    content      JSONB NOT NULL,
    digest       TEXT NOT NULL,
    findings     JSONB NOT NULL,
    valid_from   DATE NOT NULL,
    valid_to     DATE,
    reason       TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    decided_by   TEXT,
    decided_at   TIMESTAMPTZ,
    decision     TEXT,
    version      BIGINT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX rule_pack_number ON rule_pack (number) WHERE number IS NOT NULL;
CREATE INDEX rule_pack_valid ON rule_pack (valid_from, number);
CREATE INDEX rule_pack_state ON rule_pack (state, id);

-- What was uploaded never changes, and what was decided stays decided.
CREATE TRIGGER rule_pack_content BEFORE UPDATE OF id, code, title, content, digest, findings, valid_from, valid_to, reason,
    created_by, created_at ON rule_pack FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rule_pack_decided BEFORE UPDATE ON rule_pack FOR EACH ROW WHEN (OLD.state <> 'draft')
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rule_pack_kept BEFORE DELETE ON rule_pack FOR EACH ROW EXECUTE FUNCTION refuse_change();
