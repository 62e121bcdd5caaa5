-- OAuth 2 clients of identity providers, and what a token was refused for.

ALTER TABLE tokens ADD COLUMN last_refused_at timestamptz;
ALTER TABLE tokens ADD COLUMN last_refused_for text;

-- Who may ask for access tokens to a connection; his identifier is the client_id.
CREATE TABLE clients (
    tenant_id        uuid NOT NULL,
    id               uuid NOT NULL,
    connection_id    uuid NOT NULL,
    label            text NOT NULL,
    scope            text NOT NULL CHECK (scope IN ('scim')),
    token_lifetime   bigint NOT NULL CHECK (token_lifetime BETWEEN 3600 AND 21600),
    allow_from       text NOT NULL,
    created_by       text NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz,
    revoked_at       timestamptz,
    last_used_at     timestamptz,
    last_used_from   text,
    last_refused_at  timestamptz,
    last_refused_for text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
-- A look-up without a tenant: the credential is what names him.
CREATE INDEX clients_id ON clients (id);

-- What a client proves with who he is: a secret, of which the keyed hash is kept, or a public key, as a JWK.
CREATE TABLE client_keys (
    tenant_id        uuid NOT NULL,
    id               uuid NOT NULL,
    client_id        uuid NOT NULL,
    secret_hash      bytea,
    public_key       text,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz,
    revoked_at       timestamptz,
    last_used_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id),
    CHECK ((secret_hash IS NULL) <> (public_key IS NULL))
);
CREATE INDEX client_keys_client ON client_keys (tenant_id, client_id);

-- Access tokens; each lives as long as the client and the key it was asked for with.
CREATE TABLE access_tokens (
    tenant_id        uuid NOT NULL,
    id               uuid NOT NULL,
    client_id        uuid NOT NULL,
    client_key_id    uuid NOT NULL,
    hash             bytea NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id),
    FOREIGN KEY (tenant_id, client_key_id) REFERENCES client_keys (tenant_id, id)
);
CREATE INDEX access_tokens_hash ON access_tokens (hash);
CREATE INDEX access_tokens_client ON access_tokens (tenant_id, client_id, id);

-- The jti of every assertion that can still be used, hashed: it is good once, on whichever replica.
CREATE TABLE client_assertions (
    tenant_id        uuid NOT NULL,
    client_id        uuid NOT NULL,
    jti_hash         bytea NOT NULL,
    expires_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, client_id, jti_hash),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id)
);
