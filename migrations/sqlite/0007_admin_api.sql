-- The admin API: tokens of a tenant's administrators, employees made by hand who leave and come back, messages about the
-- tenant as a whole. SQLite takes neither a NOT NULL nor a CHECK away, so the three tables are made anew.

-- A token for SCIM opens one connection; one for the admin API belongs to the tenant.
CREATE TABLE tokens_next (
    tenant_id        BLOB    NOT NULL REFERENCES tenants (id),
    id               BLOB    NOT NULL,
    connection_id    BLOB,
    label            TEXT    NOT NULL,
    scope            TEXT    NOT NULL CHECK (scope IN ('scim', 'admin:read', 'admin:write')),
    hash             BLOB    NOT NULL,
    allow_from       TEXT    NOT NULL,
    created_by       TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    revoked_at       INTEGER,
    last_used_at     INTEGER,
    last_used_from   TEXT,
    last_refused_at  INTEGER,
    last_refused_for TEXT,
    meant_until      INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CHECK ((scope = 'scim') = (connection_id IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO tokens_next (tenant_id, id, connection_id, label, scope, hash, allow_from, created_by, created_at, expires_at,
                         revoked_at, last_used_at, last_used_from, last_refused_at, last_refused_for, meant_until)
SELECT tenant_id, id, connection_id, label, scope, hash, allow_from, created_by, created_at, expires_at, revoked_at,
       last_used_at, last_used_from, last_refused_at, last_refused_for, meant_until FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_next RENAME TO tokens;
-- The one look-up without a tenant: the credential is what names him.
CREATE INDEX tokens_hash ON tokens (hash);

-- Who was made by hand came by no connection.
CREATE TABLE departed_employees_next (
    tenant_id       BLOB    NOT NULL REFERENCES tenants (id),
    id              BLOB    NOT NULL,
    connection_id   BLOB,
    external_id     TEXT,
    user_name_key   TEXT    NOT NULL,
    -- The administrator's key stays with the person, and no session from before may live again.
    admin_locked_at INTEGER,
    auth_epoch      INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    departed_at     INTEGER NOT NULL,
    hold_until      INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO departed_employees_next (tenant_id, id, connection_id, external_id, user_name_key, admin_locked_at, auth_epoch,
                                     version, created_at, departed_at, hold_until)
SELECT tenant_id, id, connection_id, external_id, user_name_key, admin_locked_at, auth_epoch, version, created_at,
       departed_at, hold_until FROM departed_employees;
DROP TABLE departed_employees;
ALTER TABLE departed_employees_next RENAME TO departed_employees;
CREATE INDEX departed_employees_external_id ON departed_employees (tenant_id, connection_id, external_id);
CREATE INDEX departed_employees_by_hand ON departed_employees (tenant_id, user_name_key) WHERE connection_id IS NULL;

-- A message is about an employee, a group, or the tenant as a whole. The numbers go on where they were.
CREATE TABLE outbox_next (
    seq         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id   BLOB    NOT NULL REFERENCES tenants (id),
    employee_id BLOB,
    group_id    BLOB,
    topic       TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    CHECK (employee_id IS NULL OR group_id IS NULL)
) STRICT;
INSERT INTO outbox_next (seq, tenant_id, employee_id, group_id, topic, payload, created_at)
SELECT seq, tenant_id, employee_id, group_id, topic, payload, created_at FROM outbox;
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_next', s.seq FROM sqlite_sequence s
WHERE s.name = 'outbox' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence n WHERE n.name = 'outbox_next');
UPDATE sqlite_sequence SET seq = (SELECT s.seq FROM sqlite_sequence s WHERE s.name = 'outbox')
WHERE name = 'outbox_next' AND EXISTS (SELECT 1 FROM sqlite_sequence s WHERE s.name = 'outbox');
DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;

-- What an administrator's change of the tenant's settings is checked against.
ALTER TABLE tenants ADD COLUMN settings_version INTEGER NOT NULL DEFAULT 1;
