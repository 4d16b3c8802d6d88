CREATE TABLE event (
    position    INTEGER PRIMARY KEY,
    seq         INTEGER UNIQUE,
    id          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    departments TEXT NOT NULL,
    region      TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    trace_id    TEXT NOT NULL,
    data        TEXT NOT NULL
);
CREATE INDEX event_unsealed ON event (position) WHERE seq IS NULL;

CREATE TABLE audit_entry (
    position    INTEGER PRIMARY KEY,
    seq         INTEGER UNIQUE,
    id          TEXT NOT NULL,
    at          INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    organ       TEXT NOT NULL,
    action      TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target      TEXT NOT NULL,
    trace_id    TEXT NOT NULL,
    detail      TEXT NOT NULL,
    hash        TEXT
);
CREATE INDEX audit_unsealed ON audit_entry (position) WHERE seq IS NULL;
CREATE INDEX audit_target ON audit_entry (target);

CREATE TABLE audit_head (
    seq       INTEGER PRIMARY KEY,
    hash      TEXT NOT NULL,
    sealed_at INTEGER NOT NULL,
    key_id    TEXT NOT NULL,
    signature TEXT NOT NULL
);

CREATE TABLE seal_state (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    event_seq INTEGER NOT NULL,
    audit_seq INTEGER NOT NULL,
    audit_hash TEXT NOT NULL
);
INSERT INTO seal_state VALUES (1, 0, 0, '');

CREATE TABLE idempotency_record (
    scope       TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status      INTEGER NOT NULL,
    headers     TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL
);
CREATE INDEX idempotency_created ON idempotency_record (created_at);

CREATE TABLE operation (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL,
    department  TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    done        INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    total       INTEGER,
    parameters  TEXT NOT NULL,
    result      TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
CREATE INDEX operation_created ON operation (created_at);

CREATE TABLE operation_fault (
    operation_id TEXT NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    line         INTEGER NOT NULL,
    cell         TEXT NOT NULL,
    code         TEXT NOT NULL,
    severity     TEXT NOT NULL,
    value        TEXT NOT NULL,
    hint         TEXT NOT NULL,
    PRIMARY KEY (operation_id, number)
) WITHOUT ROWID;

CREATE TABLE task_lease (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);

CREATE TABLE feed_cursor (
    source TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL
);
