CREATE TABLE publicity_record (
    id                      UUID PRIMARY KEY,
    kind                    TEXT NOT NULL,
    source_id               UUID NOT NULL,
    organ_code              TEXT NOT NULL,
    region_code             TEXT NOT NULL,
    subject_id              UUID,
    subject_identifier      TEXT,
    title                   TEXT NOT NULL,
    state                   TEXT NOT NULL,
    content                 JSONB NOT NULL,
    is_personal             BOOLEAN NOT NULL,
    reviewed_by             TEXT,
    reviewed_at             TIMESTAMPTZ,
    review_reason           TEXT,
    withholding_approved_by TEXT,
    withholding_approved_at TIMESTAMPTZ,
    due_date                DATE,
    due_at                  TIMESTAMPTZ,
    due_calendar            TEXT,
    published_at            TIMESTAMPTZ,
    published_by            TEXT,
    expires_on              DATE,
    withdraw_reason         TEXT,
    withdraw_due_at         TIMESTAMPTZ,
    withdrawn_at            TIMESTAMPTZ,
    replaces                UUID REFERENCES publicity_record (id),
    transitions             BIGINT NOT NULL,
    created_by              TEXT NOT NULL,
    version                 BIGINT NOT NULL,
    created_at              TIMESTAMPTZ NOT NULL,
    updated_at              TIMESTAMPTZ NOT NULL
);
CREATE INDEX publicity_record_source_id ON publicity_record (source_id);
CREATE INDEX publicity_record_organ_code_state ON publicity_record (organ_code, state, id);
CREATE INDEX publicity_record_state_published_at ON publicity_record (state, published_at, id);
CREATE INDEX publicity_record_subject_identifier ON publicity_record (subject_identifier);
CREATE INDEX publicity_record_due_at ON publicity_record (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX publicity_record_replaces ON publicity_record (replaces);

CREATE TABLE publicity_channel (
    record_id       UUID NOT NULL REFERENCES publicity_record (id) ON DELETE CASCADE,
    channel         TEXT NOT NULL,
    number          BIGINT NOT NULL,
    action          TEXT NOT NULL,
    state           TEXT NOT NULL,
    requested_at    TIMESTAMPTZ NOT NULL,
    acknowledged_at TIMESTAMPTZ,
    acknowledged_by TEXT,
    reference       TEXT,
    note            TEXT,
    PRIMARY KEY (record_id, channel, number)
);
CREATE INDEX publicity_channel_channel_state_requested_at ON publicity_channel (channel, state, requested_at);
