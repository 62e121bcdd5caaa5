-- Tenants, their identity providers and tokens, employees, and what is remembered of each change.
-- Instants are microseconds since 1970 (INTEGER), identifiers 16 bytes (BLOB), documents JSON text.

-- Secrets of the installation itself; used when no key file is configured.
CREATE TABLE instance_secrets (
    name       TEXT    NOT NULL PRIMARY KEY,
    value      BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tenants (
    id              BLOB    NOT NULL PRIMARY KEY,
    name            TEXT    NOT NULL,
    name_key        TEXT    NOT NULL UNIQUE,
    customer_number TEXT    NOT NULL UNIQUE,
    hold_days       INTEGER NOT NULL DEFAULT 90 CHECK (hold_days >= 0),
    created_at      INTEGER NOT NULL
) STRICT;

-- An identity provider of a tenant. Its employees are its own: no other connection sees or touches them.
CREATE TABLE connections (
    tenant_id  BLOB    NOT NULL REFERENCES tenants (id),
    id         BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    tenant_id      BLOB    NOT NULL,
    id             BLOB    NOT NULL,
    connection_id  BLOB    NOT NULL,
    label          TEXT    NOT NULL,
    scope          TEXT    NOT NULL CHECK (scope IN ('scim')),
    hash           BLOB    NOT NULL,
    allow_from     TEXT    NOT NULL,
    created_by     TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER,
    revoked_at     INTEGER,
    last_used_at   INTEGER,
    last_used_from TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
) STRICT, WITHOUT ROWID;
-- The one look-up without a tenant: the credential is what names him.
CREATE INDEX tokens_hash ON tokens (hash);

CREATE TABLE employees (
    seq             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id       BLOB    NOT NULL REFERENCES tenants (id),
    id              BLOB    NOT NULL,
    connection_id   BLOB,
    external_id     TEXT,
    user_name       TEXT    NOT NULL,
    user_name_key   TEXT    NOT NULL,
    display_name    TEXT,
    given_name      TEXT,
    family_name     TEXT,
    email           TEXT,
    language        TEXT,
    idp_locked_at   INTEGER,
    admin_locked_at INTEGER,
    auth_epoch      INTEGER NOT NULL DEFAULT 0,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    document        TEXT    NOT NULL,
    search          TEXT    NOT NULL,
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX employees_id ON employees (tenant_id, id);
CREATE UNIQUE INDEX employees_user_name ON employees (tenant_id, user_name_key);
CREATE INDEX employees_external_id ON employees (tenant_id, connection_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX employees_order ON employees (tenant_id, connection_id, seq);

-- Values of multi-valued attributes that identity providers look people up by; one row a value.
CREATE TABLE employee_keys (
    tenant_id   BLOB NOT NULL,
    attribute   TEXT NOT NULL,
    value_key   TEXT NOT NULL,
    employee_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, attribute, value_key, employee_id)
) STRICT, WITHOUT ROWID;

-- How many employees of a connection have a seq in [bucket * 256, bucket * 256 + 255]. A list asks it for the exact
-- total and for the bucket in which its page begins, so that page 900 costs what page 1 costs. Kept by triggers:
-- whoever writes an employee cannot forget it.
CREATE TABLE employee_counts (
    tenant_id     BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    bucket        INTEGER NOT NULL,
    employees     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, bucket)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER employees_count_insert AFTER INSERT ON employees WHEN NEW.connection_id IS NOT NULL BEGIN
    INSERT INTO employee_counts (tenant_id, connection_id, bucket, employees)
    VALUES (NEW.tenant_id, NEW.connection_id, NEW.seq >> 8, 1)
    ON CONFLICT (tenant_id, connection_id, bucket) DO UPDATE SET employees = employees + 1;
END;
CREATE TRIGGER employees_count_delete AFTER DELETE ON employees WHEN OLD.connection_id IS NOT NULL BEGIN
    UPDATE employee_counts SET employees = employees - 1
    WHERE tenant_id = OLD.tenant_id AND connection_id = OLD.connection_id AND bucket = OLD.seq >> 8;
END;
CREATE TRIGGER employees_connection_fixed BEFORE UPDATE OF seq, tenant_id, connection_id ON employees
WHEN NEW.seq IS NOT OLD.seq OR NEW.tenant_id IS NOT OLD.tenant_id OR NEW.connection_id IS NOT OLD.connection_id BEGIN
    SELECT RAISE(ABORT, 'an employee stays in his tenant and connection');
END;

-- Employees whose things are on hold: who comes back in that time is the same person, with the same id.
CREATE TABLE departed_employees (
    tenant_id     BLOB    NOT NULL REFERENCES tenants (id),
    id            BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    external_id   TEXT,
    user_name_key TEXT    NOT NULL,
    -- The administrator's key stays with the person, and no session from before may live again.
    admin_locked_at INTEGER,
    auth_epoch    INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    departed_at   INTEGER NOT NULL,
    hold_until    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX departed_employees_external_id ON departed_employees (tenant_id, connection_id, external_id);

-- One request of an identity provider each, redacted.
CREATE TABLE provisioning_events (
    tenant_id     BLOB    NOT NULL REFERENCES tenants (id),
    id            BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    token_id      BLOB    NOT NULL,
    at            INTEGER NOT NULL,
    request_id    TEXT    NOT NULL,
    operation     TEXT    NOT NULL,
    employee_id   BLOB,
    status        INTEGER NOT NULL,
    scim_type     TEXT,
    changed       TEXT    NOT NULL,
    request       TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX provisioning_events_employee ON provisioning_events (tenant_id, employee_id, id) WHERE employee_id IS NOT NULL;

-- One change each: who, why, what.
CREATE TABLE audit_records (
    tenant_id   BLOB    NOT NULL REFERENCES tenants (id),
    id          BLOB    NOT NULL,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    actor_id    TEXT    NOT NULL,
    cause       TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    subject_id  BLOB    NOT NULL,
    changes     TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- What has to leave the house, in order; written in the transaction of the change.
CREATE TABLE outbox (
    seq         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id   BLOB    NOT NULL REFERENCES tenants (id),
    employee_id BLOB    NOT NULL,
    topic       TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
