CREATE TABLE visit (
    id                 UUID PRIMARY KEY,
    code               TEXT NOT NULL,
    plan_id            UUID,
    draw_id            UUID,
    kind               TEXT NOT NULL,
    trigger_ground     TEXT,
    method             TEXT NOT NULL,
    on_site            BOOLEAN NOT NULL,
    lead_department    TEXT NOT NULL,
    departments        TEXT[] NOT NULL,
    region_code        TEXT NOT NULL,
    subject_id         UUID NOT NULL,
    subject_identifier TEXT NOT NULL,
    subject_name       TEXT NOT NULL,
    subject_address    TEXT,
    state              TEXT NOT NULL,
    planned_from       DATE NOT NULL,
    planned_to         DATE NOT NULL,
    scheduled_on       DATE,
    reschedules        BIGINT NOT NULL,
    emergency_reason   TEXT,
    assistance         TEXT,
    combined_into      UUID REFERENCES visit (id),
    is_combined        BOOLEAN NOT NULL,
    closed_at          TIMESTAMPTZ,
    transitions        BIGINT NOT NULL,
    created_by         TEXT NOT NULL,
    version            BIGINT NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX visit_code_value ON visit (code);
CREATE INDEX visit_subject_id_planned_from ON visit (subject_id, planned_from);
CREATE INDEX visit_lead_department ON visit (lead_department, id);
CREATE INDEX visit_state ON visit (state, id);
CREATE INDEX visit_plan_id ON visit (plan_id);
CREATE INDEX visit_draw_id ON visit (draw_id);
CREATE INDEX visit_combined_into ON visit (combined_into);

CREATE TABLE visit_task (
    id              UUID PRIMARY KEY,
    visit_id        UUID NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    organ_code      TEXT NOT NULL,
    role            TEXT NOT NULL,
    region_code     TEXT NOT NULL,
    item_id         UUID,
    item_version    BIGINT,
    item_number     TEXT,
    item_text       TEXT NOT NULL,
    state           TEXT NOT NULL,
    national_state  TEXT NOT NULL,
    claimed_at      TIMESTAMPTZ,
    finished_at     TIMESTAMPTZ,
    fed_back_at     TIMESTAMPTZ,
    feedback        TEXT,
    approved_by     TEXT,
    approved_at     TIMESTAMPTZ,
    approval_due_at TIMESTAMPTZ,
    notice_no       TEXT,
    notified_at     TIMESTAMPTZ,
    notice_waiver   TEXT,
    started_at      TIMESTAMPTZ,
    ended_at        TIMESTAMPTZ,
    expert_count    BIGINT NOT NULL,
    is_counted      BOOLEAN NOT NULL,
    transitions     BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX visit_task_visit_id_organ_code ON visit_task (visit_id, organ_code);
CREATE INDEX visit_task_organ_code_state ON visit_task (organ_code, state, id);
CREATE INDEX visit_task_item_id ON visit_task (item_id);

CREATE TABLE visit_member (
    task_id            UUID NOT NULL REFERENCES visit_task (id) ON DELETE CASCADE,
    person_id          UUID NOT NULL,
    visit_id           UUID NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    organ_code         TEXT NOT NULL,
    role               TEXT NOT NULL,
    certificate_number TEXT,
    score              TEXT,
    state              TEXT NOT NULL,
    replaced_by        UUID,
    reason             TEXT,
    assigned_at        TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (task_id, person_id)
);
CREATE INDEX visit_member_person_id_state ON visit_member (person_id, state);
CREATE INDEX visit_member_visit_id ON visit_member (visit_id);

CREATE TABLE visit_check_in (
    id                    UUID PRIMARY KEY,
    task_id               UUID NOT NULL REFERENCES visit_task (id) ON DELETE CASCADE,
    at                    TIMESTAMPTZ NOT NULL,
    place                 TEXT NOT NULL,
    datum                 TEXT,
    latitude              TEXT,
    longitude             TEXT,
    person_ids            TEXT[] NOT NULL,
    code_shown            BOOLEAN NOT NULL,
    certificates_shown_at TIMESTAMPTZ,
    emergency_reason      TEXT,
    recorded_by           TEXT NOT NULL,
    created_at            TIMESTAMPTZ NOT NULL
);
CREATE INDEX visit_check_in_task_id ON visit_check_in (task_id);

CREATE TABLE site_record (
    task_id           UUID PRIMARY KEY REFERENCES visit_task (id) ON DELETE CASCADE,
    content           TEXT NOT NULL,
    findings          TEXT,
    told_subject_at   TIMESTAMPTZ,
    signed_at         TIMESTAMPTZ,
    signature         TEXT NOT NULL,
    refusal_reason    TEXT,
    witness_sealed    TEXT,
    video_evidence_id UUID,
    documents_asked   TEXT[] NOT NULL,
    recorded_by       TEXT NOT NULL,
    version           BIGINT NOT NULL,
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL
);

CREATE TABLE visit_code (
    id              UUID PRIMARY KEY,
    visit_id        UUID NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    task_id         UUID REFERENCES visit_task (id) ON DELETE CASCADE,
    digest          TEXT NOT NULL,
    key_id          TEXT NOT NULL,
    issued_by       TEXT NOT NULL,
    issued_at       TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    revoked_at      TIMESTAMPTZ,
    revoked_reason  TEXT,
    scans           BIGINT NOT NULL,
    last_scanned_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX visit_code_digest ON visit_code (digest);
CREATE INDEX visit_code_visit_id ON visit_code (visit_id);
CREATE INDEX visit_code_task_id ON visit_code (task_id);

CREATE TABLE checklist_template (
    id          UUID PRIMARY KEY,
    organ_code  TEXT NOT NULL,
    item_id     UUID,
    item_number TEXT,
    title       TEXT NOT NULL,
    version     BIGINT NOT NULL,
    points      JSONB NOT NULL,
    is_active   BOOLEAN NOT NULL,
    source      TEXT,
    created_by  TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX checklist_template_item_id ON checklist_template (item_id);
CREATE INDEX checklist_template_organ_code ON checklist_template (organ_code, id);

CREATE TABLE checklist (
    id                  UUID PRIMARY KEY,
    visit_id            UUID NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    sources             JSONB NOT NULL,
    points_before_merge BIGINT NOT NULL,
    created_by          TEXT NOT NULL,
    version             BIGINT NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX checklist_visit_id ON checklist (visit_id);

CREATE TABLE checklist_point (
    checklist_id UUID NOT NULL REFERENCES checklist (id) ON DELETE CASCADE,
    position     BIGINT NOT NULL,
    point_key    TEXT NOT NULL,
    content      TEXT NOT NULL,
    method       TEXT,
    basis        TEXT,
    item_id      UUID,
    organ_codes  TEXT[] NOT NULL,
    PRIMARY KEY (checklist_id, position)
);

CREATE TABLE checklist_answer (
    checklist_id UUID NOT NULL REFERENCES checklist (id) ON DELETE CASCADE,
    position     BIGINT NOT NULL,
    organ_code   TEXT NOT NULL,
    task_id      UUID NOT NULL REFERENCES visit_task (id) ON DELETE CASCADE,
    answer       TEXT NOT NULL,
    note         TEXT,
    evidence_ids TEXT[] NOT NULL,
    answered_by  TEXT NOT NULL,
    answered_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (checklist_id, position, organ_code)
);
CREATE INDEX checklist_answer_task_id ON checklist_answer (task_id);

CREATE TABLE visit_combination (
    id                 UUID PRIMARY KEY,
    subject_id         UUID NOT NULL,
    subject_identifier TEXT NOT NULL,
    subject_name       TEXT NOT NULL,
    region_code        TEXT NOT NULL,
    visit_ids          TEXT[] NOT NULL,
    departments        TEXT[] NOT NULL,
    window_days        BIGINT NOT NULL,
    saving             JSONB NOT NULL,
    state              TEXT NOT NULL,
    into_visit_id      UUID REFERENCES visit (id),
    reason             TEXT,
    decided_by         TEXT,
    decided_at         TIMESTAMPTZ,
    transitions        BIGINT NOT NULL,
    created_by         TEXT NOT NULL,
    version            BIGINT NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);
CREATE INDEX visit_combination_subject_id ON visit_combination (subject_id);
CREATE INDEX visit_combination_state ON visit_combination (state, id);
CREATE INDEX visit_combination_into_visit_id ON visit_combination (into_visit_id);

CREATE TABLE entry (
    id                 UUID PRIMARY KEY,
    organ_code         TEXT NOT NULL,
    region_code        TEXT NOT NULL,
    subject_id         UUID NOT NULL,
    subject_identifier TEXT NOT NULL,
    subject_name       TEXT NOT NULL,
    kind               TEXT NOT NULL,
    entered_on         DATE NOT NULL,
    minutes            BIGINT NOT NULL,
    persons            BIGINT NOT NULL,
    purpose            TEXT NOT NULL,
    documents_asked    TEXT[] NOT NULL,
    created_by         TEXT NOT NULL,
    version            BIGINT NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);
CREATE INDEX entry_subject_id_entered_on ON entry (subject_id, entered_on);
CREATE INDEX entry_organ_code ON entry (organ_code, id);
