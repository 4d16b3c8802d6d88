CREATE TABLE publicity_record (
    id                      TEXT PRIMARY KEY,
    kind                    TEXT NOT NULL,
    source_id               TEXT NOT NULL,
    organ_code              TEXT NOT NULL,
    region_code             TEXT NOT NULL,
    subject_id              TEXT,
    subject_identifier      TEXT,
    title                   TEXT NOT NULL,
    state                   TEXT NOT NULL,
    content                 TEXT NOT NULL,
    is_personal             BOOLEAN NOT NULL,
    reviewed_by             TEXT,
    reviewed_at             INTEGER,
    review_reason           TEXT,
    withholding_approved_by TEXT,
    withholding_approved_at INTEGER,
    due_date                TEXT,
    due_at                  INTEGER,
    due_calendar            TEXT,
    published_at            INTEGER,
    published_by            TEXT,
    expires_on              TEXT,
    withdraw_reason         TEXT,
    withdraw_due_at         INTEGER,
    withdrawn_at            INTEGER,
    replaces                TEXT REFERENCES publicity_record (id),
    transitions             INTEGER NOT NULL,
    created_by              TEXT NOT NULL,
    version                 INTEGER NOT NULL,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX publicity_record_source_id ON publicity_record (source_id);
CREATE INDEX publicity_record_organ_code_state ON publicity_record (organ_code, state, id);
CREATE INDEX publicity_record_state_published_at ON publicity_record (state, published_at, id);
CREATE INDEX publicity_record_subject_identifier ON publicity_record (subject_identifier);
CREATE INDEX publicity_record_due_at ON publicity_record (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX publicity_record_replaces ON publicity_record (replaces);

CREATE TABLE publicity_channel (
    record_id       TEXT NOT NULL REFERENCES publicity_record (id) ON DELETE CASCADE,
    channel         TEXT NOT NULL,
    number          INTEGER NOT NULL,
    action          TEXT NOT NULL,
    state           TEXT NOT NULL,
    requested_at    INTEGER NOT NULL,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    reference       TEXT,
    note            TEXT,
    PRIMARY KEY (record_id, channel, number)
) WITHOUT ROWID;
CREATE INDEX publicity_channel_channel_state_requested_at ON publicity_channel (channel, state, requested_at);
