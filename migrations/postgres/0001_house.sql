-- Tenants, their identity providers and tokens, employees, and what is remembered of each change.
-- Documents are JSON text, not jsonb: they are handed out as they were stored. Keys compare byte by byte (COLLATE "C").

-- Secrets of the installation itself; used when no key file is configured.
CREATE TABLE instance_secrets (
    name            text NOT NULL PRIMARY KEY,
    value           bytea NOT NULL,
    created_at      timestamptz NOT NULL
);

CREATE TABLE tenants (
    id              uuid NOT NULL PRIMARY KEY,
    name            text NOT NULL,
    name_key        text COLLATE "C" NOT NULL UNIQUE,
    customer_number text COLLATE "C" NOT NULL UNIQUE,
    hold_days       bigint NOT NULL DEFAULT 90 CHECK (hold_days >= 0),
    created_at      timestamptz NOT NULL
);

-- An identity provider of a tenant. Its employees are its own: no other connection sees or touches them.
CREATE TABLE connections (
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    id              uuid NOT NULL,
    name            text NOT NULL,
    name_key        text COLLATE "C" NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);

CREATE TABLE tokens (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    connection_id   uuid NOT NULL,
    label           text NOT NULL,
    scope           text NOT NULL CHECK (scope IN ('scim')),
    hash            bytea NOT NULL,
    allow_from      text NOT NULL,
    created_by      text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    last_used_at    timestamptz,
    last_used_from  text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
-- The one look-up without a tenant: the credential is what names him.
CREATE INDEX tokens_hash ON tokens (hash);

CREATE TABLE employees (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    id              uuid NOT NULL,
    connection_id   uuid,
    external_id     text COLLATE "C",
    user_name       text NOT NULL,
    user_name_key   text COLLATE "C" NOT NULL,
    display_name    text,
    given_name      text,
    family_name     text,
    email           text,
    language        text,
    idp_locked_at   timestamptz,
    admin_locked_at timestamptz,
    auth_epoch      bigint NOT NULL DEFAULT 0,
    version         bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    document        text NOT NULL,
    search          jsonb NOT NULL,
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
) WITH (fillfactor = 80);  -- room on the page, so that a change of no key stays there (HOT)
CREATE UNIQUE INDEX employees_id ON employees (tenant_id, id);
CREATE UNIQUE INDEX employees_user_name ON employees (tenant_id, user_name_key);
CREATE INDEX employees_external_id ON employees (tenant_id, connection_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX employees_order ON employees (tenant_id, connection_id, seq);

-- Values of multi-valued attributes that identity providers look people up by; one row a value.
CREATE TABLE employee_keys (
    tenant_id       uuid NOT NULL,
    attribute       text COLLATE "C" NOT NULL,
    value_key       text COLLATE "C" NOT NULL,
    employee_id     uuid NOT NULL,
    PRIMARY KEY (tenant_id, attribute, value_key, employee_id)
);

-- How many employees of a connection have a seq in [bucket * 256, bucket * 256 + 255]. A list asks it for the exact
-- total and for the bucket in which its page begins, so that page 900 costs what page 1 costs. Kept by triggers:
-- whoever writes an employee cannot forget it. Here each write adds a row of its own (+1 or -1) and the sum counts:
-- two people created at the same time would otherwise wait for each other's row. The daemon folds the rows now and then.
CREATE TABLE employee_counts (
    tenant_id       uuid NOT NULL,
    connection_id   uuid NOT NULL,
    bucket          bigint NOT NULL,
    employees       bigint NOT NULL
);
CREATE INDEX employee_counts_bucket ON employee_counts (tenant_id, connection_id, bucket) INCLUDE (employees);

CREATE FUNCTION count_employee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.connection_id IS NOT NULL THEN
            INSERT INTO employee_counts VALUES (NEW.tenant_id, NEW.connection_id, NEW.seq >> 8, 1);
        END IF;
    ELSIF OLD.connection_id IS NOT NULL THEN
        INSERT INTO employee_counts VALUES (OLD.tenant_id, OLD.connection_id, OLD.seq >> 8, -1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER employees_count AFTER INSERT OR DELETE ON employees FOR EACH ROW EXECUTE FUNCTION count_employee();

CREATE FUNCTION keep_connection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an employee stays in his tenant and connection';
END $$;
CREATE TRIGGER employees_connection_fixed BEFORE UPDATE OF seq, tenant_id, connection_id ON employees FOR EACH ROW
WHEN (NEW.seq IS DISTINCT FROM OLD.seq OR NEW.tenant_id IS DISTINCT FROM OLD.tenant_id
      OR NEW.connection_id IS DISTINCT FROM OLD.connection_id)
EXECUTE FUNCTION keep_connection();

-- Employees whose things are on hold: who comes back in that time is the same person, with the same id.
CREATE TABLE departed_employees (
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    id              uuid NOT NULL,
    connection_id   uuid NOT NULL,
    external_id     text COLLATE "C",
    user_name_key   text COLLATE "C" NOT NULL,
    -- The administrator's key stays with the person, and no session from before may live again.
    admin_locked_at timestamptz,
    auth_epoch      bigint NOT NULL,
    version         bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    departed_at     timestamptz NOT NULL,
    hold_until      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX departed_employees_external_id ON departed_employees (tenant_id, connection_id, external_id);

-- One request of an identity provider each, redacted.
CREATE TABLE provisioning_events (
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    id              uuid NOT NULL,
    connection_id   uuid NOT NULL,
    token_id        uuid NOT NULL,
    at              timestamptz NOT NULL,
    request_id      text NOT NULL,
    operation       text NOT NULL,
    employee_id     uuid,
    status          bigint NOT NULL,
    scim_type       text,
    changed         text NOT NULL,
    request         text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX provisioning_events_employee ON provisioning_events (tenant_id, employee_id, id) WHERE employee_id IS NOT NULL;

-- One change each: who, why, what.
CREATE TABLE audit_records (
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    id              uuid NOT NULL,
    at              timestamptz NOT NULL,
    actor           text NOT NULL,
    actor_id        text NOT NULL,
    cause           text NOT NULL,
    action          text NOT NULL,
    subject_id      uuid NOT NULL,
    changes         text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- What has to leave the house, in order; written in the transaction of the change.
CREATE TABLE outbox (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    employee_id     uuid NOT NULL,
    topic           text NOT NULL,
    payload         text NOT NULL,
    created_at      timestamptz NOT NULL
);
