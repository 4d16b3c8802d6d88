CREATE TABLE plan (
    id                  TEXT PRIMARY KEY,
    code                TEXT NOT NULL,
    year                INTEGER NOT NULL,
    name                TEXT NOT NULL,
    kind                TEXT NOT NULL,
    lead_department     TEXT NOT NULL,
    region_code         TEXT NOT NULL,
    state               TEXT NOT NULL,
    category            TEXT NOT NULL,
    method              TEXT NOT NULL,
    subject_desc        TEXT NOT NULL,
    subject_filter      TEXT NOT NULL,
    quantity_text       TEXT,
    quantity            TEXT,
    period_text         TEXT,
    period_from         TEXT,
    period_to           TEXT,
    campaign_approval   TEXT,
    merged_into         TEXT REFERENCES plan (id),
    submitted_at        INTEGER,
    submitted_by        TEXT,
    due_date            TEXT,
    due_at              INTEGER,
    due_calendar        TEXT,
    lint_certificate_id TEXT,
    transitions         INTEGER NOT NULL,
    note                TEXT,
    created_by          TEXT NOT NULL,
    version             INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX plan_code ON plan (code);
CREATE INDEX plan_year_state ON plan (year, state, id);
CREATE INDEX plan_lead_department ON plan (lead_department, id);
CREATE INDEX plan_state ON plan (state, id);
CREATE INDEX plan_merged_into ON plan (merged_into);

CREATE TABLE plan_part (
    plan_id        TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    position       INTEGER NOT NULL,
    department     TEXT NOT NULL,
    department_text TEXT,
    role           TEXT NOT NULL,
    item_id        TEXT,
    item_version   INTEGER,
    item_number    TEXT,
    item_text      TEXT NOT NULL,
    subject_desc   TEXT,
    quantity_text  TEXT,
    quantity       TEXT,
    period_text    TEXT,
    period_from    TEXT,
    period_to      TEXT,
    signature      TEXT NOT NULL,
    signed_by      TEXT,
    signed_at      INTEGER,
    signature_note TEXT,
    PRIMARY KEY (plan_id, position)
) WITHOUT ROWID;
CREATE INDEX plan_part_department_plan_id ON plan_part (department, plan_id);
CREATE INDEX plan_part_item_id ON plan_part (item_id);

CREATE TABLE plan_stratum (
    plan_id                TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    position               INTEGER NOT NULL,
    name                   TEXT NOT NULL,
    risk_class             TEXT,
    filter                 TEXT,
    ratio_per_ten_thousand INTEGER,
    quantity               INTEGER,
    frequency_per_year     INTEGER,
    PRIMARY KEY (plan_id, position)
) WITHOUT ROWID;

CREATE TABLE lint_certificate (
    id           TEXT PRIMARY KEY,
    plan_id      TEXT NOT NULL REFERENCES plan (id),
    plan_version INTEGER NOT NULL,
    fact_date    TEXT NOT NULL,
    pack_version TEXT NOT NULL,
    pack_digest  TEXT NOT NULL,
    plan_digest  TEXT NOT NULL,
    verdict      TEXT NOT NULL,
    verdicts     TEXT NOT NULL,
    digest       TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX lint_certificate_plan_id_created_at ON lint_certificate (plan_id, created_at);

-- What happened stays: rows are added, never changed.
CREATE TRIGGER lint_certificate_immutable BEFORE UPDATE ON lint_certificate
    BEGIN SELECT RAISE(ABORT, 'rows of this table are append-only'); END;
