CREATE TABLE result (
    id                 TEXT PRIMARY KEY,
    task_id            TEXT NOT NULL REFERENCES visit_task (id),
    visit_id           TEXT NOT NULL REFERENCES visit (id),
    organ_code         TEXT NOT NULL,
    region_code        TEXT NOT NULL,
    subject_id         TEXT NOT NULL,
    subject_identifier TEXT NOT NULL,
    subject_name       TEXT NOT NULL,
    scheme             TEXT NOT NULL,
    codes              TEXT NOT NULL,
    summary            TEXT NOT NULL,
    state              TEXT NOT NULL,
    outcome            TEXT,
    entered_by         TEXT NOT NULL,
    entered_at         INTEGER NOT NULL,
    entry_due_date     TEXT,
    entry_due_at       INTEGER,
    audited_by         TEXT,
    audited_at         INTEGER,
    audit_note         TEXT,
    final_at           INTEGER,
    publicity_due_date TEXT,
    publicity_due_at   INTEGER,
    due_calendar       TEXT,
    told_subject_at    INTEGER,
    transitions        INTEGER NOT NULL,
    version            INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX result_task_id ON result (task_id);
CREATE INDEX result_visit_id ON result (visit_id);
CREATE INDEX result_organ_code_state ON result (organ_code, state, id);
CREATE INDEX result_subject_id ON result (subject_id, id);

CREATE TABLE correction (
    id               TEXT PRIMARY KEY,
    result_id        TEXT NOT NULL REFERENCES result (id),
    visit_id         TEXT NOT NULL REFERENCES visit (id),
    organ_code       TEXT NOT NULL,
    region_code      TEXT NOT NULL,
    subject_id       TEXT NOT NULL,
    order_no         TEXT NOT NULL,
    problem          TEXT NOT NULL,
    measures         TEXT,
    state            TEXT NOT NULL,
    ordered_on       TEXT NOT NULL,
    due_date         TEXT NOT NULL,
    due_at           INTEGER NOT NULL,
    due_calendar     TEXT NOT NULL,
    extended_to      TEXT,
    extension_reason TEXT,
    reported_on      TEXT,
    report           TEXT,
    recheck_on       TEXT,
    rechecked_on     TEXT,
    recheck_visit_id TEXT REFERENCES visit (id),
    recheck_by       TEXT,
    recheck_note     TEXT,
    transitions      INTEGER NOT NULL,
    created_by       TEXT NOT NULL,
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX correction_organ_code_order_no ON correction (organ_code, order_no);
CREATE INDEX correction_result_id ON correction (result_id);
CREATE INDEX correction_visit_id ON correction (visit_id);
CREATE INDEX correction_subject_id ON correction (subject_id);
CREATE INDEX correction_recheck_visit_id ON correction (recheck_visit_id);
CREATE INDEX correction_state_due_at ON correction (state, due_at);

CREATE TABLE disposal (
    id          TEXT PRIMARY KEY,
    result_id   TEXT NOT NULL REFERENCES result (id),
    visit_id    TEXT NOT NULL REFERENCES visit (id),
    kind        TEXT NOT NULL,
    organ_code  TEXT NOT NULL,
    region_code TEXT NOT NULL,
    to_organ    TEXT,
    reference   TEXT,
    reason      TEXT NOT NULL,
    state       TEXT NOT NULL,
    opened_on   TEXT NOT NULL,
    closed_on   TEXT,
    outcome     TEXT,
    created_by  TEXT NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX disposal_result_id ON disposal (result_id);
CREATE INDEX disposal_visit_id ON disposal (visit_id);
CREATE INDEX disposal_organ_code ON disposal (organ_code, id);
CREATE INDEX disposal_to_organ ON disposal (to_organ);

CREATE TABLE evidence (
    id          TEXT PRIMARY KEY,
    visit_id    TEXT REFERENCES visit (id),
    task_id     TEXT REFERENCES visit_task (id),
    organ_code  TEXT NOT NULL,
    region_code TEXT NOT NULL,
    subject_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    title       TEXT NOT NULL,
    file_name   TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    size_bytes  INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    storage     TEXT NOT NULL,
    storage_key TEXT NOT NULL,
    taken_at    INTEGER NOT NULL,
    taken_by    TEXT NOT NULL,
    place       TEXT NOT NULL,
    device      TEXT,
    is_personal BOOLEAN NOT NULL,
    created_by  TEXT NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
CREATE INDEX evidence_visit_id ON evidence (visit_id);
CREATE INDEX evidence_task_id ON evidence (task_id);
CREATE INDEX evidence_organ_code ON evidence (organ_code, id);
CREATE INDEX evidence_subject_id ON evidence (subject_id, id);
CREATE INDEX evidence_sha256 ON evidence (sha256);

CREATE TABLE evidence_custody (
    evidence_id TEXT NOT NULL REFERENCES evidence (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    action      TEXT NOT NULL,
    actor       TEXT NOT NULL,
    organ_code  TEXT NOT NULL,
    to_organ    TEXT,
    at          INTEGER NOT NULL,
    note        TEXT,
    sha256      TEXT NOT NULL,
    PRIMARY KEY (evidence_id, number)
) WITHOUT ROWID;

CREATE TABLE evidence_recognition (
    id          TEXT PRIMARY KEY,
    evidence_id TEXT NOT NULL REFERENCES evidence (id) ON DELETE CASCADE,
    offered_by  TEXT NOT NULL,
    offered_to  TEXT NOT NULL,
    offered_at  INTEGER NOT NULL,
    note        TEXT,
    state       TEXT NOT NULL,
    decided_by  TEXT,
    decided_at  INTEGER,
    reason      TEXT,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX evidence_recognition_evidence_id_offered_to ON evidence_recognition (evidence_id, offered_to);
CREATE INDEX evidence_recognition_offered_to_state ON evidence_recognition (offered_to, state);

CREATE TABLE rating (
    id             TEXT PRIMARY KEY,
    visit_id       TEXT NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    token_digest   TEXT NOT NULL,
    issued_at      INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    used_at        INTEGER,
    score          INTEGER,
    answers        TEXT,
    comment_sealed TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX rating_token_digest ON rating (token_digest);
CREATE INDEX rating_visit_id ON rating (visit_id);

-- What happened stays: rows are added, never changed.
CREATE TRIGGER evidence_custody_immutable BEFORE UPDATE ON evidence_custody
    BEGIN SELECT RAISE(ABORT, 'rows of this table are append-only'); END;
