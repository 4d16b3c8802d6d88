CREATE TABLE plan (
    id                  UUID PRIMARY KEY,
    code                TEXT NOT NULL,
    year                BIGINT NOT NULL,
    name                TEXT NOT NULL,
    kind                TEXT NOT NULL,
    lead_department     TEXT NOT NULL,
    region_code         TEXT NOT NULL,
    state               TEXT NOT NULL,
    category            TEXT NOT NULL,
    method              TEXT NOT NULL,
    subject_desc        TEXT NOT NULL,
    subject_filter      JSONB NOT NULL,
    quantity_text       TEXT,
    quantity            JSONB,
    period_text         TEXT,
    period_from         DATE,
    period_to           DATE,
    campaign_approval   JSONB,
    merged_into         UUID REFERENCES plan (id),
    submitted_at        TIMESTAMPTZ,
    submitted_by        TEXT,
    due_date            DATE,
    due_at              TIMESTAMPTZ,
    due_calendar        TEXT,
    lint_certificate_id UUID,
    transitions         BIGINT NOT NULL,
    note                TEXT,
    created_by          TEXT NOT NULL,
    version             BIGINT NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX plan_code ON plan (code);
CREATE INDEX plan_year_state ON plan (year, state, id);
CREATE INDEX plan_lead_department ON plan (lead_department, id);
CREATE INDEX plan_state ON plan (state, id);
CREATE INDEX plan_merged_into ON plan (merged_into);

CREATE TABLE plan_part (
    plan_id        UUID NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    position       BIGINT NOT NULL,
    department     TEXT NOT NULL,
    department_text TEXT,
    role           TEXT NOT NULL,
    item_id        UUID,
    item_version   BIGINT,
    item_number    TEXT,
    item_text      TEXT NOT NULL,
    subject_desc   TEXT,
    quantity_text  TEXT,
    quantity       JSONB,
    period_text    TEXT,
    period_from    DATE,
    period_to      DATE,
    signature      TEXT NOT NULL,
    signed_by      TEXT,
    signed_at      TIMESTAMPTZ,
    signature_note TEXT,
    PRIMARY KEY (plan_id, position)
);
CREATE INDEX plan_part_department_plan_id ON plan_part (department, plan_id);
CREATE INDEX plan_part_item_id ON plan_part (item_id);

CREATE TABLE plan_stratum (
    plan_id                UUID NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    position               BIGINT NOT NULL,
    name                   TEXT NOT NULL,
    risk_class             TEXT,
    filter                 JSONB,
    ratio_per_ten_thousand BIGINT,
    quantity               BIGINT,
    frequency_per_year     BIGINT,
    PRIMARY KEY (plan_id, position)
);

CREATE TABLE lint_certificate (
    id           UUID PRIMARY KEY,
    plan_id      UUID NOT NULL REFERENCES plan (id),
    plan_version BIGINT NOT NULL,
    fact_date    DATE NOT NULL,
    pack_version TEXT NOT NULL,
    pack_digest  TEXT NOT NULL,
    plan_digest  TEXT NOT NULL,
    verdict      TEXT NOT NULL,
    verdicts     JSONB NOT NULL,
    digest       TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX lint_certificate_plan_id_created_at ON lint_certificate (plan_id, created_at);

-- What happened stays: rows are added, never changed.
CREATE FUNCTION refuse_change_of_plans() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rows of this table are append-only'; END $$;
CREATE TRIGGER lint_certificate_immutable BEFORE UPDATE ON lint_certificate FOR EACH ROW EXECUTE FUNCTION refuse_change_of_plans();
