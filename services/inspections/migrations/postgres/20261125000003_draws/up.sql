CREATE TABLE draw (
    id                UUID PRIMARY KEY,
    code              TEXT NOT NULL,
    plan_id           UUID,
    plan_code         TEXT NOT NULL,
    lead_department   TEXT NOT NULL,
    departments       TEXT[] NOT NULL,
    region_code       TEXT NOT NULL,
    algorithm         TEXT NOT NULL,
    kind              TEXT NOT NULL,
    state             TEXT NOT NULL,
    reserve           BIGINT NOT NULL,
    team_size         BIGINT NOT NULL,
    frame_size        BIGINT NOT NULL,
    frame_frozen_at   TIMESTAMPTZ,
    seed_sealed       TEXT,
    seed_revealed     TEXT,
    commit_hash       TEXT,
    committed_at      TIMESTAMPTZ,
    entropy_moment    TIMESTAMPTZ,
    public_entropy    TEXT,
    drawn_at          TIMESTAMPTZ,
    settings          JSONB NOT NULL,
    redraw_of         UUID REFERENCES draw (id),
    void_reason       TEXT,
    void_requested_by TEXT,
    voided_by         TEXT,
    transitions       BIGINT NOT NULL,
    created_by        TEXT NOT NULL,
    version           BIGINT NOT NULL,
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX draw_code ON draw (code);
CREATE INDEX draw_lead_department ON draw (lead_department, id);
CREATE INDEX draw_state ON draw (state, id);
CREATE INDEX draw_plan_id ON draw (plan_id);
CREATE INDEX draw_redraw_of ON draw (redraw_of);

CREATE TABLE draw_stratum (
    draw_id     UUID NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    position    BIGINT NOT NULL,
    filter      JSONB,
    frame_size  BIGINT NOT NULL,
    sample_size BIGINT NOT NULL,
    params      TEXT NOT NULL,
    params_hash TEXT,
    frame_root  TEXT,
    threshold   TEXT,
    PRIMARY KEY (draw_id, name)
);

CREATE TABLE draw_frame_chunk (
    draw_id UUID NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    stratum TEXT NOT NULL,
    number  BIGINT NOT NULL,
    size    BIGINT NOT NULL,
    ids     TEXT NOT NULL,
    PRIMARY KEY (draw_id, stratum, number)
);

CREATE TABLE draw_exclusion (
    draw_id     UUID NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    subject_key TEXT NOT NULL,
    stratum     TEXT NOT NULL,
    code        TEXT NOT NULL,
    note        TEXT,
    excluded_by TEXT NOT NULL,
    excluded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (draw_id, subject_key)
);

CREATE TABLE draw_entropy (
    draw_id      UUID NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    position     BIGINT NOT NULL,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    organ_code   TEXT,
    commit_hash  TEXT,
    committed_by TEXT,
    committed_at TIMESTAMPTZ,
    value        TEXT,
    revealed_by  TEXT,
    revealed_at  TIMESTAMPTZ,
    is_no_show   BOOLEAN NOT NULL,
    PRIMARY KEY (draw_id, position)
);
CREATE INDEX draw_entropy_organ_code ON draw_entropy (organ_code);

CREATE TABLE draw_organ (
    draw_id        UUID NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    organ_code     TEXT NOT NULL,
    role           TEXT NOT NULL,
    team_size      BIGINT NOT NULL,
    qualifications TEXT[] NOT NULL,
    item_id        UUID,
    item_version   BIGINT,
    item_text      TEXT NOT NULL,
    PRIMARY KEY (draw_id, organ_code)
);
CREATE INDEX draw_organ_organ_code_draw_id ON draw_organ (organ_code, draw_id);

CREATE TABLE draw_inspector (
    draw_id         UUID NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    inspector_id    UUID NOT NULL REFERENCES inspector (id),
    organ_code      TEXT NOT NULL,
    inspector_key   TEXT NOT NULL,
    tags            TEXT[] NOT NULL,
    certified_until DATE NOT NULL,
    recused_keys    TEXT[] NOT NULL,
    load_before     BIGINT NOT NULL,
    PRIMARY KEY (draw_id, inspector_id)
);
CREATE INDEX draw_inspector_inspector_id ON draw_inspector (inspector_id);

CREATE TABLE draw_person (
    draw_id    UUID NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    entry      TEXT NOT NULL,
    id_sealed  TEXT NOT NULL,
    subject_id UUID,
    PRIMARY KEY (draw_id, entry)
);
CREATE INDEX draw_person_subject_id ON draw_person (subject_id);

CREATE TABLE draw_pick (
    draw_id      UUID NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    stratum      TEXT NOT NULL,
    rank         BIGINT NOT NULL,
    subject_key  TEXT NOT NULL,
    subject_id   UUID,
    subject_name TEXT,
    score        TEXT NOT NULL,
    state        TEXT NOT NULL,
    replaced_by  BIGINT,
    reason       TEXT,
    salt_sealed  TEXT,
    visit_id     UUID,
    PRIMARY KEY (draw_id, stratum, rank)
);
CREATE UNIQUE INDEX draw_pick_draw_id_subject_key ON draw_pick (draw_id, subject_key);
CREATE INDEX draw_pick_subject_id ON draw_pick (subject_id);
CREATE INDEX draw_pick_visit_id ON draw_pick (visit_id);
