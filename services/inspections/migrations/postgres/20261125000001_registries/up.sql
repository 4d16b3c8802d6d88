CREATE TABLE transition (
    aggregate    TEXT NOT NULL,
    aggregate_id UUID NOT NULL,
    number       BIGINT NOT NULL,
    from_state   TEXT NOT NULL,
    verb         TEXT NOT NULL,
    to_state     TEXT NOT NULL,
    actor        TEXT NOT NULL,
    organ_code   TEXT NOT NULL,
    role         TEXT NOT NULL,
    at           TIMESTAMPTZ NOT NULL,
    reason       TEXT,
    rule_ids     TEXT[] NOT NULL,
    rule_pack    TEXT,
    evidence     JSONB NOT NULL,
    due_date     DATE,
    due_at       TIMESTAMPTZ,
    due_calendar TEXT,
    PRIMARY KEY (aggregate, aggregate_id, number)
);

CREATE TABLE township_team (
    id                 UUID PRIMARY KEY,
    organ_code         TEXT NOT NULL,
    region_code        TEXT NOT NULL,
    name               TEXT NOT NULL,
    fields             TEXT[] NOT NULL,
    basis              TEXT,
    basis_published_on DATE,
    powers             TEXT[] NOT NULL,
    is_active          BOOLEAN NOT NULL,
    note               TEXT,
    created_by         TEXT NOT NULL,
    version            BIGINT NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);
CREATE INDEX township_team_organ_code ON township_team (organ_code, id);

CREATE TABLE inspector (
    id               UUID PRIMARY KEY,
    organ_code       TEXT NOT NULL,
    region_code      TEXT NOT NULL,
    team_id          UUID REFERENCES township_team (id),
    staff_no         TEXT,
    name_sealed      TEXT NOT NULL,
    name_lookup      TEXT NOT NULL,
    id_number_sealed TEXT,
    id_number_lookup TEXT,
    mobile_sealed    TEXT,
    gender           TEXT,
    education        TEXT,
    major            TEXT,
    post_category    TEXT,
    post_since       DATE,
    level            TEXT,
    position         TEXT,
    position_title   TEXT,
    unit             TEXT,
    is_leader        BOOLEAN NOT NULL,
    duties           TEXT[] NOT NULL,
    state            TEXT NOT NULL,
    state_reason     TEXT,
    certified_until  DATE,
    trained_until    DATE,
    transitions      BIGINT NOT NULL,
    note             TEXT,
    created_by       TEXT NOT NULL,
    version          BIGINT NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX inspector_organ_code ON inspector (organ_code, id);
CREATE INDEX inspector_name_lookup ON inspector (name_lookup);
CREATE INDEX inspector_team_id ON inspector (team_id);
CREATE UNIQUE INDEX inspector_id_number_lookup ON inspector (id_number_lookup) WHERE id_number_lookup IS NOT NULL;
CREATE UNIQUE INDEX inspector_organ_code_staff_no ON inspector (organ_code, staff_no) WHERE staff_no IS NOT NULL;

CREATE TABLE inspector_certificate (
    id             UUID PRIMARY KEY,
    inspector_id   UUID NOT NULL REFERENCES inspector (id) ON DELETE CASCADE,
    kind           TEXT NOT NULL,
    number         TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    valid_from     DATE NOT NULL,
    valid_to       DATE NOT NULL,
    revoked_on     DATE,
    revoked_reason TEXT,
    created_by     TEXT NOT NULL,
    created_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX inspector_certificate_inspector_id_valid_to ON inspector_certificate (inspector_id, valid_to);
CREATE UNIQUE INDEX inspector_certificate_number ON inspector_certificate (number);

CREATE TABLE inspector_tag (
    inspector_id UUID NOT NULL REFERENCES inspector (id) ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    tag          TEXT NOT NULL,
    valid_from   DATE,
    valid_to     DATE,
    PRIMARY KEY (inspector_id, kind, tag)
);
CREATE INDEX inspector_tag_kind_tag_inspector_id ON inspector_tag (kind, tag, inspector_id);

CREATE TABLE training_record (
    id           UUID PRIMARY KEY,
    inspector_id UUID NOT NULL REFERENCES inspector (id) ON DELETE CASCADE,
    title        TEXT NOT NULL,
    minutes      BIGINT NOT NULL,
    held_on      DATE NOT NULL,
    valid_to     DATE,
    provider     TEXT,
    is_passed    BOOLEAN NOT NULL,
    note         TEXT,
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX training_record_inspector_id_held_on ON training_record (inspector_id, held_on);

CREATE TABLE expert (
    id            UUID PRIMARY KEY,
    kind          TEXT NOT NULL,
    organ_code    TEXT NOT NULL,
    region_code   TEXT NOT NULL,
    name_sealed   TEXT NOT NULL,
    name_lookup   TEXT NOT NULL,
    mobile_sealed TEXT,
    employer      TEXT,
    title         TEXT,
    tags          TEXT[] NOT NULL,
    valid_from    DATE NOT NULL,
    valid_to      DATE,
    state         TEXT NOT NULL,
    state_reason  TEXT,
    transitions   BIGINT NOT NULL,
    note          TEXT,
    created_by    TEXT NOT NULL,
    version       BIGINT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX expert_organ_code ON expert (organ_code, id);
CREATE INDEX expert_kind ON expert (kind, id);
CREATE INDEX expert_name_lookup ON expert (name_lookup);

CREATE TABLE recusal (
    id                 UUID PRIMARY KEY,
    kind               TEXT NOT NULL,
    inspector_id       UUID NOT NULL REFERENCES inspector (id),
    organ_code         TEXT NOT NULL,
    region_code        TEXT NOT NULL,
    subject_id         UUID,
    subject_identifier TEXT,
    subject_name       TEXT,
    visit_id           UUID,
    ground             TEXT NOT NULL,
    explanation_sealed TEXT,
    state              TEXT NOT NULL,
    raised_by          TEXT NOT NULL,
    raised_at          TIMESTAMPTZ NOT NULL,
    due_date           DATE,
    due_at             TIMESTAMPTZ,
    due_calendar       TEXT,
    decided_by         TEXT,
    decided_at         TIMESTAMPTZ,
    decision_reason    TEXT,
    valid_from         DATE NOT NULL,
    valid_to           DATE,
    transitions        BIGINT NOT NULL,
    version            BIGINT NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);
CREATE INDEX recusal_inspector_id_state ON recusal (inspector_id, state);
CREATE INDEX recusal_organ_code ON recusal (organ_code, id);
CREATE INDEX recusal_subject_id ON recusal (subject_id);
CREATE INDEX recusal_visit_id ON recusal (visit_id);

CREATE TABLE visit_cap (
    organ_code    TEXT NOT NULL,
    year          BIGINT NOT NULL,
    field         TEXT NOT NULL,
    cap           BIGINT NOT NULL,
    legal_minimum BIGINT,
    published_on  DATE NOT NULL,
    source        TEXT NOT NULL,
    created_by    TEXT NOT NULL,
    version       BIGINT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organ_code, year, field)
);

-- What happened stays: rows are added, never changed.
CREATE FUNCTION refuse_change_of_registries() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rows of this table are append-only'; END $$;
CREATE TRIGGER transition_immutable BEFORE UPDATE ON transition FOR EACH ROW EXECUTE FUNCTION refuse_change_of_registries();
