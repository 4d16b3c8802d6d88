CREATE TABLE account (
    id                   UUID PRIMARY KEY,
    username             TEXT NOT NULL UNIQUE,
    display_name         TEXT NOT NULL,
    department           TEXT NOT NULL,
    regions              TEXT[] NOT NULL,
    roles                TEXT[] NOT NULL,
    fields               TEXT[] NOT NULL,
    password_hash        TEXT NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    password_expires_at  TIMESTAMPTZ,
    -- Second before which no token of this account counts.
    tokens_from          BIGINT NOT NULL,
    state                TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    version              BIGINT NOT NULL,
    created_at           TIMESTAMPTZ NOT NULL,
    updated_at           TIMESTAMPTZ NOT NULL
);
CREATE INDEX account_department ON account (department, username);

CREATE TABLE session (
    id         UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    ended_at   TIMESTAMPTZ,
    ended_why  TEXT NOT NULL
);
CREATE INDEX session_account ON session (account_id, id);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE refresh_token (
    hash       TEXT PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE INDEX refresh_token_session ON refresh_token (session_id);

CREATE TABLE api_client (
    id          UUID PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    department  TEXT NOT NULL,
    regions     TEXT[] NOT NULL,
    roles       TEXT[] NOT NULL,
    secret_hash TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('active', 'revoked')),
    expires_at  TIMESTAMPTZ,
    version     BIGINT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE signing_key (
    kid        TEXT PRIMARY KEY,
    public_x   TEXT NOT NULL,
    sealed     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('active', 'retiring', 'retired')),
    created_at TIMESTAMPTZ NOT NULL,
    retires_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX signing_key_active ON signing_key (state) WHERE state = 'active';

CREATE TABLE revocation (
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    before   BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kind, value)
);
CREATE INDEX revocation_noted ON revocation (noted_at);
CREATE INDEX revocation_until ON revocation (until);

CREATE TABLE login_guard (
    key          TEXT PRIMARY KEY,
    taken        INTEGER NOT NULL,
    failed       INTEGER NOT NULL,
    since        TIMESTAMPTZ NOT NULL,
    touched      TIMESTAMPTZ NOT NULL,
    succeeded_at TIMESTAMPTZ
);
CREATE INDEX login_guard_touched ON login_guard (touched);
