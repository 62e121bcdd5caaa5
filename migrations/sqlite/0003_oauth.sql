-- OAuth 2 clients of identity providers, and what a token was refused for.

ALTER TABLE tokens ADD COLUMN last_refused_at INTEGER;
ALTER TABLE tokens ADD COLUMN last_refused_for TEXT;

-- Who may ask for access tokens to a connection; his identifier is the client_id.
CREATE TABLE clients (
    tenant_id        BLOB    NOT NULL,
    id               BLOB    NOT NULL,
    connection_id    BLOB    NOT NULL,
    label            TEXT    NOT NULL,
    scope            TEXT    NOT NULL CHECK (scope IN ('scim')),
    token_lifetime   INTEGER NOT NULL CHECK (token_lifetime BETWEEN 3600 AND 21600),
    allow_from       TEXT    NOT NULL,
    created_by       TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    revoked_at       INTEGER,
    last_used_at     INTEGER,
    last_used_from   TEXT,
    last_refused_at  INTEGER,
    last_refused_for TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
) STRICT, WITHOUT ROWID;
-- A look-up without a tenant: the credential is what names him.
CREATE INDEX clients_id ON clients (id);

-- What a client proves with who he is: a secret, of which the keyed hash is kept, or a public key, as a JWK.
CREATE TABLE client_keys (
    tenant_id    BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    client_id    BLOB    NOT NULL,
    secret_hash  BLOB,
    public_key   TEXT,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id),
    CHECK ((secret_hash IS NULL) <> (public_key IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX client_keys_client ON client_keys (tenant_id, client_id);

-- Access tokens; each lives as long as the client and the key it was asked for with.
CREATE TABLE access_tokens (
    tenant_id     BLOB    NOT NULL,
    id            BLOB    NOT NULL,
    client_id     BLOB    NOT NULL,
    client_key_id BLOB    NOT NULL,
    hash          BLOB    NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id),
    FOREIGN KEY (tenant_id, client_key_id) REFERENCES client_keys (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_tokens_hash ON access_tokens (hash);
CREATE INDEX access_tokens_client ON access_tokens (tenant_id, client_id, id);

-- The jti of every assertion that can still be used, hashed: it is good once, on whichever replica.
CREATE TABLE client_assertions (
    tenant_id  BLOB    NOT NULL,
    client_id  BLOB    NOT NULL,
    jti_hash   BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, client_id, jti_hash),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id)
) STRICT, WITHOUT ROWID;
