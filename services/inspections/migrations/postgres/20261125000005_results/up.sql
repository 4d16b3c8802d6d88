CREATE TABLE result (
    id                 UUID PRIMARY KEY,
    task_id            UUID NOT NULL REFERENCES visit_task (id),
    visit_id           UUID NOT NULL REFERENCES visit (id),
    organ_code         TEXT NOT NULL,
    region_code        TEXT NOT NULL,
    subject_id         UUID NOT NULL,
    subject_identifier TEXT NOT NULL,
    subject_name       TEXT NOT NULL,
    scheme             TEXT NOT NULL,
    codes              TEXT[] NOT NULL,
    summary            TEXT NOT NULL,
    state              TEXT NOT NULL,
    outcome            TEXT,
    entered_by         TEXT NOT NULL,
    entered_at         TIMESTAMPTZ NOT NULL,
    entry_due_date     DATE,
    entry_due_at       TIMESTAMPTZ,
    audited_by         TEXT,
    audited_at         TIMESTAMPTZ,
    audit_note         TEXT,
    final_at           TIMESTAMPTZ,
    publicity_due_date DATE,
    publicity_due_at   TIMESTAMPTZ,
    due_calendar       TEXT,
    told_subject_at    TIMESTAMPTZ,
    transitions        BIGINT NOT NULL,
    version            BIGINT NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX result_task_id ON result (task_id);
CREATE INDEX result_visit_id ON result (visit_id);
CREATE INDEX result_organ_code_state ON result (organ_code, state, id);
CREATE INDEX result_subject_id ON result (subject_id, id);

CREATE TABLE correction (
    id               UUID PRIMARY KEY,
    result_id        UUID NOT NULL REFERENCES result (id),
    visit_id         UUID NOT NULL REFERENCES visit (id),
    organ_code       TEXT NOT NULL,
    region_code      TEXT NOT NULL,
    subject_id       UUID NOT NULL,
    order_no         TEXT NOT NULL,
    problem          TEXT NOT NULL,
    measures         TEXT,
    state            TEXT NOT NULL,
    ordered_on       DATE NOT NULL,
    due_date         DATE NOT NULL,
    due_at           TIMESTAMPTZ NOT NULL,
    due_calendar     TEXT NOT NULL,
    extended_to      DATE,
    extension_reason TEXT,
    reported_on      DATE,
    report           TEXT,
    recheck_on       DATE,
    rechecked_on     DATE,
    recheck_visit_id UUID REFERENCES visit (id),
    recheck_by       TEXT,
    recheck_note     TEXT,
    transitions      BIGINT NOT NULL,
    created_by       TEXT NOT NULL,
    version          BIGINT NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX correction_organ_code_order_no ON correction (organ_code, order_no);
CREATE INDEX correction_result_id ON correction (result_id);
CREATE INDEX correction_visit_id ON correction (visit_id);
CREATE INDEX correction_subject_id ON correction (subject_id);
CREATE INDEX correction_recheck_visit_id ON correction (recheck_visit_id);
CREATE INDEX correction_state_due_at ON correction (state, due_at);

CREATE TABLE disposal (
    id          UUID PRIMARY KEY,
    result_id   UUID NOT NULL REFERENCES result (id),
    visit_id    UUID NOT NULL REFERENCES visit (id),
    kind        TEXT NOT NULL,
    organ_code  TEXT NOT NULL,
    region_code TEXT NOT NULL,
    to_organ    TEXT,
    reference   TEXT,
    reason      TEXT NOT NULL,
    state       TEXT NOT NULL,
    opened_on   DATE NOT NULL,
    closed_on   DATE,
    outcome     TEXT,
    created_by  TEXT NOT NULL,
    version     BIGINT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX disposal_result_id ON disposal (result_id);
CREATE INDEX disposal_visit_id ON disposal (visit_id);
CREATE INDEX disposal_organ_code ON disposal (organ_code, id);
CREATE INDEX disposal_to_organ ON disposal (to_organ);

CREATE TABLE evidence (
    id          UUID PRIMARY KEY,
    visit_id    UUID REFERENCES visit (id),
    task_id     UUID REFERENCES visit_task (id),
    organ_code  TEXT NOT NULL,
    region_code TEXT NOT NULL,
    subject_id  UUID NOT NULL,
    kind        TEXT NOT NULL,
    title       TEXT NOT NULL,
    file_name   TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    size_bytes  BIGINT NOT NULL,
    sha256      TEXT NOT NULL,
    storage     TEXT NOT NULL,
    storage_key TEXT NOT NULL,
    taken_at    TIMESTAMPTZ NOT NULL,
    taken_by    TEXT NOT NULL,
    place       TEXT NOT NULL,
    device      TEXT,
    is_personal BOOLEAN NOT NULL,
    created_by  TEXT NOT NULL,
    version     BIGINT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX evidence_visit_id ON evidence (visit_id);
CREATE INDEX evidence_task_id ON evidence (task_id);
CREATE INDEX evidence_organ_code ON evidence (organ_code, id);
CREATE INDEX evidence_subject_id ON evidence (subject_id, id);
CREATE INDEX evidence_sha256 ON evidence (sha256);

CREATE TABLE evidence_custody (
    evidence_id UUID NOT NULL REFERENCES evidence (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,
    action      TEXT NOT NULL,
    actor       TEXT NOT NULL,
    organ_code  TEXT NOT NULL,
    to_organ    TEXT,
    at          TIMESTAMPTZ NOT NULL,
    note        TEXT,
    sha256      TEXT NOT NULL,
    PRIMARY KEY (evidence_id, number)
);

CREATE TABLE evidence_recognition (
    id          UUID PRIMARY KEY,
    evidence_id UUID NOT NULL REFERENCES evidence (id) ON DELETE CASCADE,
    offered_by  TEXT NOT NULL,
    offered_to  TEXT NOT NULL,
    offered_at  TIMESTAMPTZ NOT NULL,
    note        TEXT,
    state       TEXT NOT NULL,
    decided_by  TEXT,
    decided_at  TIMESTAMPTZ,
    reason      TEXT,
    version     BIGINT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX evidence_recognition_evidence_id_offered_to ON evidence_recognition (evidence_id, offered_to);
CREATE INDEX evidence_recognition_offered_to_state ON evidence_recognition (offered_to, state);

CREATE TABLE rating (
    id             UUID PRIMARY KEY,
    visit_id       UUID NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    token_digest   TEXT NOT NULL,
    issued_at      TIMESTAMPTZ NOT NULL,
    expires_at     TIMESTAMPTZ NOT NULL,
    used_at        TIMESTAMPTZ,
    score          BIGINT,
    answers        JSONB,
    comment_sealed TEXT
);
CREATE UNIQUE INDEX rating_token_digest ON rating (token_digest);
CREATE INDEX rating_visit_id ON rating (visit_id);

-- What happened stays: rows are added, never changed.
CREATE FUNCTION refuse_change_of_results() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rows of this table are append-only'; END $$;
CREATE TRIGGER evidence_custody_immutable BEFORE UPDATE ON evidence_custody FOR EACH ROW EXECUTE FUNCTION refuse_change_of_results();
