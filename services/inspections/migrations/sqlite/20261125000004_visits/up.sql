CREATE TABLE visit (
    id                 TEXT PRIMARY KEY,
    code               TEXT NOT NULL,
    plan_id            TEXT,
    draw_id            TEXT,
    kind               TEXT NOT NULL,
    trigger_ground     TEXT,
    method             TEXT NOT NULL,
    on_site            BOOLEAN NOT NULL,
    lead_department    TEXT NOT NULL,
    departments        TEXT NOT NULL,
    region_code        TEXT NOT NULL,
    subject_id         TEXT NOT NULL,
    subject_identifier TEXT NOT NULL,
    subject_name       TEXT NOT NULL,
    subject_address    TEXT,
    state              TEXT NOT NULL,
    planned_from       TEXT NOT NULL,
    planned_to         TEXT NOT NULL,
    scheduled_on       TEXT,
    reschedules        INTEGER NOT NULL,
    emergency_reason   TEXT,
    assistance         TEXT,
    combined_into      TEXT REFERENCES visit (id),
    is_combined        BOOLEAN NOT NULL,
    closed_at          INTEGER,
    transitions        INTEGER NOT NULL,
    created_by         TEXT NOT NULL,
    version            INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX visit_code_value ON visit (code);
CREATE INDEX visit_subject_id_planned_from ON visit (subject_id, planned_from);
CREATE INDEX visit_lead_department ON visit (lead_department, id);
CREATE INDEX visit_state ON visit (state, id);
CREATE INDEX visit_plan_id ON visit (plan_id);
CREATE INDEX visit_draw_id ON visit (draw_id);
CREATE INDEX visit_combined_into ON visit (combined_into);

CREATE TABLE visit_task (
    id              TEXT PRIMARY KEY,
    visit_id        TEXT NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    organ_code      TEXT NOT NULL,
    role            TEXT NOT NULL,
    region_code     TEXT NOT NULL,
    item_id         TEXT,
    item_version    INTEGER,
    item_number     TEXT,
    item_text       TEXT NOT NULL,
    state           TEXT NOT NULL,
    national_state  TEXT NOT NULL,
    claimed_at      INTEGER,
    finished_at     INTEGER,
    fed_back_at     INTEGER,
    feedback        TEXT,
    approved_by     TEXT,
    approved_at     INTEGER,
    approval_due_at INTEGER,
    notice_no       TEXT,
    notified_at     INTEGER,
    notice_waiver   TEXT,
    started_at      INTEGER,
    ended_at        INTEGER,
    expert_count    INTEGER NOT NULL,
    is_counted      BOOLEAN NOT NULL,
    transitions     INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX visit_task_visit_id_organ_code ON visit_task (visit_id, organ_code);
CREATE INDEX visit_task_organ_code_state ON visit_task (organ_code, state, id);
CREATE INDEX visit_task_item_id ON visit_task (item_id);

CREATE TABLE visit_member (
    task_id            TEXT NOT NULL REFERENCES visit_task (id) ON DELETE CASCADE,
    person_id          TEXT NOT NULL,
    visit_id           TEXT NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    organ_code         TEXT NOT NULL,
    role               TEXT NOT NULL,
    certificate_number TEXT,
    score              TEXT,
    state              TEXT NOT NULL,
    replaced_by        TEXT,
    reason             TEXT,
    assigned_at        INTEGER NOT NULL,
    PRIMARY KEY (task_id, person_id)
) WITHOUT ROWID;
CREATE INDEX visit_member_person_id_state ON visit_member (person_id, state);
CREATE INDEX visit_member_visit_id ON visit_member (visit_id);

CREATE TABLE visit_check_in (
    id                    TEXT PRIMARY KEY,
    task_id               TEXT NOT NULL REFERENCES visit_task (id) ON DELETE CASCADE,
    at                    INTEGER NOT NULL,
    place                 TEXT NOT NULL,
    datum                 TEXT,
    latitude              TEXT,
    longitude             TEXT,
    person_ids            TEXT NOT NULL,
    code_shown            BOOLEAN NOT NULL,
    certificates_shown_at INTEGER,
    emergency_reason      TEXT,
    recorded_by           TEXT NOT NULL,
    created_at            INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX visit_check_in_task_id ON visit_check_in (task_id);

CREATE TABLE site_record (
    task_id           TEXT PRIMARY KEY REFERENCES visit_task (id) ON DELETE CASCADE,
    content           TEXT NOT NULL,
    findings          TEXT,
    told_subject_at   INTEGER,
    signed_at         INTEGER,
    signature         TEXT NOT NULL,
    refusal_reason    TEXT,
    witness_sealed    TEXT,
    video_evidence_id TEXT,
    documents_asked   TEXT NOT NULL,
    recorded_by       TEXT NOT NULL,
    version           INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
);

CREATE TABLE visit_code (
    id              TEXT PRIMARY KEY,
    visit_id        TEXT NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    task_id         TEXT REFERENCES visit_task (id) ON DELETE CASCADE,
    digest          TEXT NOT NULL,
    key_id          TEXT NOT NULL,
    issued_by       TEXT NOT NULL,
    issued_at       INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    revoked_at      INTEGER,
    revoked_reason  TEXT,
    scans           INTEGER NOT NULL,
    last_scanned_at INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX visit_code_digest ON visit_code (digest);
CREATE INDEX visit_code_visit_id ON visit_code (visit_id);
CREATE INDEX visit_code_task_id ON visit_code (task_id);

CREATE TABLE checklist_template (
    id          TEXT PRIMARY KEY,
    organ_code  TEXT NOT NULL,
    item_id     TEXT,
    item_number TEXT,
    title       TEXT NOT NULL,
    version     INTEGER NOT NULL,
    points      TEXT NOT NULL,
    is_active   BOOLEAN NOT NULL,
    source      TEXT,
    created_by  TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX checklist_template_item_id ON checklist_template (item_id);
CREATE INDEX checklist_template_organ_code ON checklist_template (organ_code, id);

CREATE TABLE checklist (
    id                  TEXT PRIMARY KEY,
    visit_id            TEXT NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    sources             TEXT NOT NULL,
    points_before_merge INTEGER NOT NULL,
    created_by          TEXT NOT NULL,
    version             INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX checklist_visit_id ON checklist (visit_id);

CREATE TABLE checklist_point (
    checklist_id TEXT NOT NULL REFERENCES checklist (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    point_key    TEXT NOT NULL,
    content      TEXT NOT NULL,
    method       TEXT,
    basis        TEXT,
    item_id      TEXT,
    organ_codes  TEXT NOT NULL,
    PRIMARY KEY (checklist_id, position)
) WITHOUT ROWID;

CREATE TABLE checklist_answer (
    checklist_id TEXT NOT NULL REFERENCES checklist (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    organ_code   TEXT NOT NULL,
    task_id      TEXT NOT NULL REFERENCES visit_task (id) ON DELETE CASCADE,
    answer       TEXT NOT NULL,
    note         TEXT,
    evidence_ids TEXT NOT NULL,
    answered_by  TEXT NOT NULL,
    answered_at  INTEGER NOT NULL,
    PRIMARY KEY (checklist_id, position, organ_code)
) WITHOUT ROWID;
CREATE INDEX checklist_answer_task_id ON checklist_answer (task_id);

CREATE TABLE visit_combination (
    id                 TEXT PRIMARY KEY,
    subject_id         TEXT NOT NULL,
    subject_identifier TEXT NOT NULL,
    subject_name       TEXT NOT NULL,
    region_code        TEXT NOT NULL,
    visit_ids          TEXT NOT NULL,
    departments        TEXT NOT NULL,
    window_days        INTEGER NOT NULL,
    saving             TEXT NOT NULL,
    state              TEXT NOT NULL,
    into_visit_id      TEXT REFERENCES visit (id),
    reason             TEXT,
    decided_by         TEXT,
    decided_at         INTEGER,
    transitions        INTEGER NOT NULL,
    created_by         TEXT NOT NULL,
    version            INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX visit_combination_subject_id ON visit_combination (subject_id);
CREATE INDEX visit_combination_state ON visit_combination (state, id);
CREATE INDEX visit_combination_into_visit_id ON visit_combination (into_visit_id);

CREATE TABLE entry (
    id                 TEXT PRIMARY KEY,
    organ_code         TEXT NOT NULL,
    region_code        TEXT NOT NULL,
    subject_id         TEXT NOT NULL,
    subject_identifier TEXT NOT NULL,
    subject_name       TEXT NOT NULL,
    kind               TEXT NOT NULL,
    entered_on         TEXT NOT NULL,
    minutes            INTEGER NOT NULL,
    persons            INTEGER NOT NULL,
    purpose            TEXT NOT NULL,
    documents_asked    TEXT NOT NULL,
    created_by         TEXT NOT NULL,
    version            INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX entry_subject_id_entered_on ON entry (subject_id, entered_on);
CREATE INDEX entry_organ_code ON entry (organ_code, id);
