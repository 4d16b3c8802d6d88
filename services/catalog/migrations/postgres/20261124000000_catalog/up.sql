CREATE TABLE organ (
    code                TEXT PRIMARY KEY,
    name                TEXT NOT NULL,
    short_name          TEXT NOT NULL,
    aliases             TEXT[] NOT NULL,
    kind                TEXT NOT NULL,
    vertical            BOOLEAN NOT NULL,
    is_enforcement_body BOOLEAN NOT NULL,
    duties              TEXT[] NOT NULL,
    region_code         TEXT NOT NULL,
    valid_from          DATE NOT NULL,
    valid_to            DATE,
    note                TEXT,
    version             BIGINT NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL
);
CREATE INDEX organ_kind ON organ (kind, code);

CREATE TABLE organ_name (
    key        TEXT PRIMARY KEY,
    organ_code TEXT NOT NULL REFERENCES organ (code) ON DELETE CASCADE,
    matched    TEXT NOT NULL,
    spelling   TEXT NOT NULL
);
CREATE INDEX organ_name_organ ON organ_name (organ_code);

CREATE TABLE organ_duty (
    duty       TEXT NOT NULL,
    organ_code TEXT NOT NULL REFERENCES organ (code) ON DELETE CASCADE,
    PRIMARY KEY (duty, organ_code)
);
CREATE INDEX organ_duty_organ ON organ_duty (organ_code);

CREATE TABLE region (
    code       TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    level      TEXT NOT NULL,
    parent     TEXT,
    valid_from DATE NOT NULL,
    valid_to   DATE,
    maps_to    TEXT,
    note       TEXT
);
CREATE INDEX region_parent ON region (parent);

CREATE TABLE industry (
    code                   TEXT NOT NULL,
    classification_version TEXT NOT NULL,
    name                   TEXT NOT NULL,
    level                  TEXT NOT NULL,
    section                TEXT NOT NULL,
    valid_from             DATE NOT NULL,
    valid_to               DATE,
    PRIMARY KEY (code, classification_version)
);

CREATE TABLE calendar_year (
    year        BIGINT PRIMARY KEY,
    source      TEXT NOT NULL,
    days        JSONB NOT NULL,
    uploaded_by TEXT NOT NULL,
    version     BIGINT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE calendar_edition (
    number     BIGINT PRIMARY KEY,
    version    TEXT NOT NULL,
    content    JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX calendar_edition_version ON calendar_edition (version);

CREATE TABLE contact (
    id                    UUID PRIMARY KEY,
    organ_code            TEXT NOT NULL REFERENCES organ (code),
    state                 TEXT NOT NULL,
    leader_name           TEXT,
    leader_title          TEXT,
    leader_mobile_sealed  TEXT,
    contact_name          TEXT NOT NULL,
    contact_title         TEXT,
    contact_mobile_sealed TEXT NOT NULL,
    created_by            TEXT NOT NULL,
    version               BIGINT NOT NULL,
    created_at            TIMESTAMPTZ NOT NULL,
    updated_at            TIMESTAMPTZ NOT NULL,
    superseded_at         TIMESTAMPTZ
);
CREATE UNIQUE INDEX contact_current ON contact (organ_code) WHERE state = 'current';
CREATE INDEX contact_organ ON contact (organ_code);

CREATE TABLE supervision_item (
    id                UUID PRIMARY KEY,
    state             TEXT NOT NULL,
    public_state      TEXT,
    lead_department   TEXT NOT NULL REFERENCES organ (code),
    category          TEXT NOT NULL,
    field             TEXT NOT NULL,
    content           JSONB NOT NULL,
    is_example        BOOLEAN NOT NULL,
    published_version BIGINT,
    submitted_by      TEXT,
    entered_at        TIMESTAMPTZ NOT NULL,
    due_date          DATE,
    due_at            TIMESTAMPTZ,
    due_calendar      TEXT,
    transitions       BIGINT NOT NULL,
    created_by        TEXT NOT NULL,
    version           BIGINT NOT NULL,
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX supervision_item_state ON supervision_item (state, id);
CREATE INDEX supervision_item_lead ON supervision_item (lead_department, id);
CREATE INDEX supervision_item_due ON supervision_item (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE item_cooperation (
    item_id    UUID NOT NULL REFERENCES supervision_item (id) ON DELETE CASCADE,
    department TEXT NOT NULL REFERENCES organ (code),
    position   BIGINT NOT NULL,
    state      TEXT NOT NULL,
    actor      TEXT,
    note       TEXT,
    decided_at TIMESTAMPTZ,
    PRIMARY KEY (item_id, department)
);
CREATE INDEX item_cooperation_department ON item_cooperation (department, item_id);

CREATE TABLE item_signature (
    item_id   UUID NOT NULL REFERENCES supervision_item (id) ON DELETE CASCADE,
    role      TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    actor     TEXT NOT NULL,
    organ_code   TEXT NOT NULL,
    reason    TEXT NOT NULL,
    signed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (item_id, role)
);

CREATE TABLE item_transition (
    item_id      UUID NOT NULL REFERENCES supervision_item (id) ON DELETE CASCADE,
    number       BIGINT NOT NULL,
    from_state   TEXT NOT NULL,
    verb         TEXT NOT NULL,
    to_state     TEXT NOT NULL,
    actor        TEXT NOT NULL,
    organ_code      TEXT NOT NULL,
    role         TEXT NOT NULL,
    at           TIMESTAMPTZ NOT NULL,
    reason       TEXT,
    evidence     JSONB NOT NULL,
    due_date     DATE,
    due_at       TIMESTAMPTZ,
    due_calendar TEXT,
    PRIMARY KEY (item_id, number)
);

CREATE TABLE item_version (
    item_id         UUID NOT NULL REFERENCES supervision_item (id),
    number          BIGINT NOT NULL,
    lead_department TEXT NOT NULL,
    departments     TEXT[] NOT NULL,
    category        TEXT NOT NULL,
    content         JSONB NOT NULL,
    digest          TEXT NOT NULL,
    valid_from      DATE NOT NULL,
    valid_to        DATE,
    reason          TEXT,
    published_by    TEXT NOT NULL,
    published_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (item_id, number)
);
CREATE INDEX item_version_valid ON item_version (valid_from);

-- A published version is immutable: only the end of its validity may be set.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a published version is immutable, history is append-only'; END $$;
CREATE TRIGGER item_version_immutable BEFORE UPDATE OF
    item_id, number, lead_department, departments, category, content, digest, valid_from, reason, published_by, published_at
    ON item_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER item_version_kept BEFORE DELETE ON item_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER item_transition_immutable BEFORE UPDATE ON item_transition FOR EACH ROW EXECUTE FUNCTION refuse_change();
