CREATE TABLE draw (
    id                TEXT PRIMARY KEY,
    code              TEXT NOT NULL,
    plan_id           TEXT,
    plan_code         TEXT NOT NULL,
    lead_department   TEXT NOT NULL,
    departments       TEXT NOT NULL,
    region_code       TEXT NOT NULL,
    algorithm         TEXT NOT NULL,
    kind              TEXT NOT NULL,
    state             TEXT NOT NULL,
    reserve           INTEGER NOT NULL,
    team_size         INTEGER NOT NULL,
    frame_size        INTEGER NOT NULL,
    frame_frozen_at   INTEGER,
    seed_sealed       TEXT,
    seed_revealed     TEXT,
    commit_hash       TEXT,
    committed_at      INTEGER,
    entropy_moment    INTEGER,
    public_entropy    TEXT,
    drawn_at          INTEGER,
    settings          TEXT NOT NULL,
    redraw_of         TEXT REFERENCES draw (id),
    void_reason       TEXT,
    void_requested_by TEXT,
    voided_by         TEXT,
    transitions       INTEGER NOT NULL,
    created_by        TEXT NOT NULL,
    version           INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX draw_code ON draw (code);
CREATE INDEX draw_lead_department ON draw (lead_department, id);
CREATE INDEX draw_state ON draw (state, id);
CREATE INDEX draw_plan_id ON draw (plan_id);
CREATE INDEX draw_redraw_of ON draw (redraw_of);

CREATE TABLE draw_stratum (
    draw_id     TEXT NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    position    INTEGER NOT NULL,
    filter      TEXT,
    frame_size  INTEGER NOT NULL,
    sample_size INTEGER NOT NULL,
    params      TEXT NOT NULL,
    params_hash TEXT,
    frame_root  TEXT,
    threshold   TEXT,
    PRIMARY KEY (draw_id, name)
) WITHOUT ROWID;

CREATE TABLE draw_frame_chunk (
    draw_id TEXT NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    stratum TEXT NOT NULL,
    number  INTEGER NOT NULL,
    size    INTEGER NOT NULL,
    ids     TEXT NOT NULL,
    PRIMARY KEY (draw_id, stratum, number)
);

CREATE TABLE draw_exclusion (
    draw_id     TEXT NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    subject_key TEXT NOT NULL,
    stratum     TEXT NOT NULL,
    code        TEXT NOT NULL,
    note        TEXT,
    excluded_by TEXT NOT NULL,
    excluded_at INTEGER NOT NULL,
    PRIMARY KEY (draw_id, subject_key)
) WITHOUT ROWID;

CREATE TABLE draw_entropy (
    draw_id      TEXT NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    organ_code   TEXT,
    commit_hash  TEXT,
    committed_by TEXT,
    committed_at INTEGER,
    value        TEXT,
    revealed_by  TEXT,
    revealed_at  INTEGER,
    is_no_show   BOOLEAN NOT NULL,
    PRIMARY KEY (draw_id, position)
) WITHOUT ROWID;
CREATE INDEX draw_entropy_organ_code ON draw_entropy (organ_code);

CREATE TABLE draw_organ (
    draw_id        TEXT NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    organ_code     TEXT NOT NULL,
    role           TEXT NOT NULL,
    team_size      INTEGER NOT NULL,
    qualifications TEXT NOT NULL,
    item_id        TEXT,
    item_version   INTEGER,
    item_text      TEXT NOT NULL,
    PRIMARY KEY (draw_id, organ_code)
) WITHOUT ROWID;
CREATE INDEX draw_organ_organ_code_draw_id ON draw_organ (organ_code, draw_id);

CREATE TABLE draw_inspector (
    draw_id         TEXT NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    inspector_id    TEXT NOT NULL REFERENCES inspector (id),
    organ_code      TEXT NOT NULL,
    inspector_key   TEXT NOT NULL,
    tags            TEXT NOT NULL,
    certified_until TEXT NOT NULL,
    recused_keys    TEXT NOT NULL,
    load_before     INTEGER NOT NULL,
    PRIMARY KEY (draw_id, inspector_id)
) WITHOUT ROWID;
CREATE INDEX draw_inspector_inspector_id ON draw_inspector (inspector_id);

CREATE TABLE draw_person (
    draw_id    TEXT NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    entry      TEXT NOT NULL,
    id_sealed  TEXT NOT NULL,
    subject_id TEXT,
    PRIMARY KEY (draw_id, entry)
) WITHOUT ROWID;
CREATE INDEX draw_person_subject_id ON draw_person (subject_id);

CREATE TABLE draw_pick (
    draw_id      TEXT NOT NULL REFERENCES draw (id) ON DELETE CASCADE,
    stratum      TEXT NOT NULL,
    rank         INTEGER NOT NULL,
    subject_key  TEXT NOT NULL,
    subject_id   TEXT,
    subject_name TEXT,
    score        TEXT NOT NULL,
    state        TEXT NOT NULL,
    replaced_by  INTEGER,
    reason       TEXT,
    salt_sealed  TEXT,
    visit_id     TEXT,
    PRIMARY KEY (draw_id, stratum, rank)
) WITHOUT ROWID;
CREATE UNIQUE INDEX draw_pick_draw_id_subject_key ON draw_pick (draw_id, subject_key);
CREATE INDEX draw_pick_subject_id ON draw_pick (subject_id);
CREATE INDEX draw_pick_visit_id ON draw_pick (visit_id);
