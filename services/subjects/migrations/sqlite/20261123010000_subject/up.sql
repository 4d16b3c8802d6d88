CREATE TABLE subject (
    key                    INTEGER PRIMARY KEY,
    id                     TEXT NOT NULL UNIQUE,
    natural_key            TEXT NOT NULL UNIQUE,
    kind                   TEXT NOT NULL,
    status                 TEXT NOT NULL,
    is_abnormal_listed     BOOLEAN NOT NULL,
    name                   TEXT NOT NULL,
    name_key               TEXT NOT NULL,
    identifier             TEXT,
    identifier_kind        TEXT,
    identifier_check       TEXT,
    identifier_sealed      TEXT,
    region_code            TEXT NOT NULL,
    address                TEXT,
    industry               TEXT,
    legal_representative   TEXT,
    phone_sealed           TEXT,
    established_on         TEXT,
    registration_authority TEXT,
    managing_unit          TEXT,
    responsible_name       TEXT,
    responsible_identifier TEXT,
    owner_department       TEXT NOT NULL,
    departments            TEXT NOT NULL,
    source                 TEXT NOT NULL,
    content_digest         TEXT NOT NULL,
    effective_from         TEXT NOT NULL,
    version                INTEGER NOT NULL,
    created_at             INTEGER NOT NULL,
    updated_at             INTEGER NOT NULL
);
CREATE INDEX subject_name ON subject (name_key, key);
CREATE INDEX subject_updated ON subject (updated_at, key);
CREATE INDEX subject_region ON subject (region_code, key);
CREATE INDEX subject_kind ON subject (kind, status, key);
CREATE INDEX subject_industry ON subject (industry, key);

CREATE TABLE subject_department (
    department  TEXT NOT NULL,
    subject_key INTEGER NOT NULL REFERENCES subject (key),
    PRIMARY KEY (department, subject_key)
) WITHOUT ROWID;
CREATE INDEX subject_department_subject ON subject_department (subject_key);

-- Every fragment of two characters finds its names: the text is split into bigrams by the application.
CREATE VIRTUAL TABLE subject_fts USING fts5 (bigrams, content = '', contentless_delete = 1, tokenize = 'ascii');

CREATE TABLE subject_history (
    subject_key INTEGER NOT NULL REFERENCES subject (key),
    version     INTEGER NOT NULL,
    valid_from  TEXT NOT NULL,
    valid_to    TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT NOT NULL,
    reason      TEXT NOT NULL,
    content     TEXT NOT NULL,
    PRIMARY KEY (subject_key, version)
) WITHOUT ROWID;

CREATE TABLE subject_lineage (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    from_subject TEXT NOT NULL,
    to_subject   TEXT NOT NULL,
    reason       TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    recorded_at  INTEGER NOT NULL
);
CREATE INDEX subject_lineage_from ON subject_lineage (from_subject);
CREATE INDEX subject_lineage_to ON subject_lineage (to_subject);

CREATE TABLE tag_scheme (
    code        TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    department  TEXT NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

CREATE TABLE subject_tag (
    id          TEXT PRIMARY KEY,
    subject_key INTEGER NOT NULL REFERENCES subject (key),
    scheme      TEXT NOT NULL REFERENCES tag_scheme (code),
    value       TEXT NOT NULL,
    state       TEXT NOT NULL,
    source      TEXT NOT NULL,
    department  TEXT NOT NULL,
    valid_from  TEXT NOT NULL,
    valid_to    TEXT,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
CREATE INDEX subject_tag_subject ON subject_tag (subject_key);
CREATE INDEX subject_tag_value ON subject_tag (scheme, value, subject_key);
