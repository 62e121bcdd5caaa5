-- What a tenant has in stock, who holds it and why, the OfficeDesks of employees, and the rules that give.

-- Contact data go out with registration mails. 'adopt': an employee made by hand whose user name an identity provider
-- sends becomes that provider's. The version of the rules is 0 while there are none.
ALTER TABLE tenants ADD COLUMN contact_email text;
ALTER TABLE tenants ADD COLUMN contact_phone text;
ALTER TABLE tenants ADD COLUMN language text NOT NULL DEFAULT 'de';
ALTER TABLE tenants ADD COLUMN handmade_employees text NOT NULL DEFAULT 'keep' CHECK (handmade_employees IN ('keep', 'adopt'));
ALTER TABLE tenants ADD COLUMN rules_version bigint NOT NULL DEFAULT 0 CHECK (rules_version >= 0);
-- The SIP domain of the tenant's telephones, which is in every hash of a device's secret. No two tenants share one: a device
-- of the one would be a device of the other.
ALTER TABLE tenants ADD COLUMN sip_domain text COLLATE "C";
CREATE UNIQUE INDEX tenants_sip_domain ON tenants (sip_domain) WHERE sip_domain IS NOT NULL;

ALTER TABLE employees ADD COLUMN notify_missed_calls boolean NOT NULL DEFAULT true;
ALTER TABLE employees ADD COLUMN notify_missed_faxes boolean NOT NULL DEFAULT true;
ALTER TABLE employees ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;
-- The number he chose among his own; else the rules say.
ALTER TABLE employees ADD COLUMN default_number_id uuid;
-- What he has, as the SCIM extension shows it; written with each change of it, so that a look at him reads one row.
ALTER TABLE employees ADD COLUMN telephony text;

CREATE TABLE employee_photos (
    tenant_id   uuid NOT NULL,
    employee_id uuid NOT NULL,
    media_type  text NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png')),
    image       bytea NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, employee_id),
    FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id) ON DELETE CASCADE
);

-- A named stock that rules allocate from.
CREATE TABLE pools (
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    id         uuid NOT NULL,
    name       text COLLATE "C" NOT NULL,
    name_key   text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX pools_name ON pools (tenant_id, name_key);

-- Phone numbers, extensions, devices, destinations, announcements, mailboxes. What is exclusive has its holder here, and
-- only one column for him: nothing can be allocated twice.
CREATE TABLE things (
    tenant_id   uuid NOT NULL REFERENCES tenants (id),
    id          uuid NOT NULL,
    kind        text NOT NULL,
    class       text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    sort_key    text COLLATE "C" NOT NULL,
    pool_id     uuid,
    label       text NOT NULL DEFAULT '',
    label_key   text COLLATE "C" NOT NULL DEFAULT '',
    details     text NOT NULL DEFAULT '{}',
    -- The thing that it needs: the number of an extension, what a mailbox answers, the device or mailbox behind a destination.
    needs_class text COLLATE "C",
    needs_key   text COLLATE "C",
    -- Whose own destination it is; it goes with him.
    owner_id    uuid,
    holder_id   uuid,
    -- On hold until then for whoever held it last, by his identifier, which outlives him.
    held_until  timestamptz,
    held_for    uuid,
    released_at timestamptz,
    disabled_at timestamptz,
    version     bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, pool_id) REFERENCES pools (tenant_id, id),
    FOREIGN KEY (tenant_id, holder_id) REFERENCES employees (tenant_id, id),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES employees (tenant_id, id) ON DELETE CASCADE,
    CHECK ((needs_class IS NULL) = (needs_key IS NULL)),
    CHECK ((held_until IS NULL) = (held_for IS NULL)),
    CHECK (holder_id IS NULL OR held_until IS NULL),
    CHECK (holder_id IS NULL OR kind IN ('voice_number', 'personal_fax', 'extension', 'device'))
);
CREATE UNIQUE INDEX things_key ON things (tenant_id, class, key);
-- What grants of exclusive things refer to.
CREATE UNIQUE INDEX things_holder ON things (tenant_id, id, holder_id);
-- The lowest free one of a pool is the first row.
CREATE INDEX things_free ON things (tenant_id, pool_id, kind, sort_key)
    WHERE holder_id IS NULL AND held_until IS NULL AND disabled_at IS NULL;
CREATE INDEX things_order ON things (tenant_id, class, sort_key);
CREATE INDEX things_pool ON things (tenant_id, pool_id, sort_key) WHERE pool_id IS NOT NULL;
CREATE INDEX things_of_holder ON things (tenant_id, holder_id) WHERE holder_id IS NOT NULL;
CREATE INDEX things_held_for ON things (tenant_id, held_for) WHERE held_for IS NOT NULL;
CREATE INDEX things_owner ON things (tenant_id, owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX things_needs ON things (tenant_id, needs_class, needs_key) WHERE needs_key IS NOT NULL;
CREATE INDEX things_on_hold ON things (tenant_id, held_until, id) WHERE held_until IS NOT NULL;
CREATE INDEX things_held_until ON things (held_until) WHERE held_until IS NOT NULL;

-- A device's secret in the forms a SIP proxy checks (never the secret itself). As good as the password: nothing else reads it.
CREATE TABLE device_secrets (
    tenant_id  uuid NOT NULL,
    thing_id   uuid NOT NULL,
    ha1        text NOT NULL,
    ha1b       text NOT NULL,
    ha1_sha256 text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, thing_id),
    FOREIGN KEY (tenant_id, thing_id) REFERENCES things (tenant_id, id) ON DELETE CASCADE
);

-- The sound of an announcement; its format and length stand in the announcement's details.
CREATE TABLE announcement_audio (
    tenant_id  uuid        NOT NULL,
    thing_id   uuid        NOT NULL,
    audio      bytea       NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, thing_id),
    FOREIGN KEY (tenant_id, thing_id) REFERENCES things (tenant_id, id) ON DELETE CASCADE
);

-- SIP user names that were ever given: none is given twice, not after its device was deleted either.
CREATE TABLE device_names (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name      text COLLATE "C" NOT NULL,
    thing_id  uuid NOT NULL,
    given_at  timestamptz NOT NULL,
    ended_at  timestamptz,
    PRIMARY KEY (tenant_id, name)
);

-- A restricted access of an employee to the telephone system. It is locked while he is.
CREATE TABLE office_desks (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    employee_id    uuid NOT NULL,
    name           text COLLATE "C" NOT NULL,
    name_key       text COLLATE "C" NOT NULL,
    user_name      text NOT NULL,
    user_name_key  text COLLATE "C" NOT NULL,
    email          text,
    fax_sending    boolean NOT NULL,
    sms_sending    boolean NOT NULL,
    contacts       boolean NOT NULL,
    call_list      boolean NOT NULL,
    -- Whether it reaches whatever extensions and devices its employee holds, besides those named.
    own_extensions boolean NOT NULL,
    own_devices    boolean NOT NULL,
    status         text NOT NULL CHECK (status IN ('new', 'invited', 'active')),
    by_rule        boolean NOT NULL,
    version        bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX office_desks_user_name ON office_desks (tenant_id, user_name_key);
CREATE INDEX office_desks_employee ON office_desks (tenant_id, employee_id, name_key);

CREATE TABLE office_desk_access (
    tenant_id uuid NOT NULL,
    desk_id   uuid NOT NULL,
    thing_id  uuid NOT NULL,
    PRIMARY KEY (tenant_id, desk_id, thing_id),
    FOREIGN KEY (tenant_id, desk_id) REFERENCES office_desks (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, thing_id) REFERENCES things (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX office_desk_access_thing ON office_desk_access (tenant_id, thing_id);

-- What an employee has or waits for, one row a slot, with what is in it and why as JSON. An exclusive thing's grant names
-- its holder again, and the key to things lets it name no other. The place is that in the queue of those who wait.
CREATE SEQUENCE grant_places;
CREATE TABLE grants (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    employee_id uuid NOT NULL,
    slot        text COLLATE "C" NOT NULL,
    subject     text NOT NULL,
    thing_id    uuid,
    holder_id   uuid,
    waits_for   text COLLATE "C",
    place       bigint NOT NULL,
    state       text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, thing_id) REFERENCES things (tenant_id, id),
    FOREIGN KEY (tenant_id, thing_id, holder_id) REFERENCES things (tenant_id, id, holder_id),
    CHECK (holder_id IS NULL OR holder_id = employee_id),
    CHECK ((thing_id IS NOT NULL AND subject IN ('voice_number', 'personal_fax', 'extension', 'device'))
           = (holder_id IS NOT NULL))
);
CREATE UNIQUE INDEX grants_slot ON grants (tenant_id, employee_id, slot);
CREATE UNIQUE INDEX grants_place ON grants (tenant_id, place);
CREATE INDEX grants_thing ON grants (tenant_id, thing_id) WHERE thing_id IS NOT NULL;
CREATE INDEX grants_waiting ON grants (tenant_id, waits_for, place) WHERE waits_for IS NOT NULL;

-- What somebody had, for whoever asks later.
CREATE TABLE past_grants (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   uuid NOT NULL,
    employee_id uuid NOT NULL,
    past        text NOT NULL,
    ended_at    timestamptz NOT NULL,
    FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX past_grants_employee ON past_grants (tenant_id, employee_id, seq);

-- The rules of a tenant as one document a version; the newest is in force.
CREATE TABLE rule_books (
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    version    bigint NOT NULL,
    document   text NOT NULL,
    author     text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

-- Which group a rule means, once it has been there: a rename in the identity provider takes nothing away.
CREATE TABLE rule_bindings (
    tenant_id uuid NOT NULL,
    rule_key  text COLLATE "C" NOT NULL,
    group_id  uuid NOT NULL,
    PRIMARY KEY (tenant_id, rule_key),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX rule_bindings_group ON rule_bindings (tenant_id, group_id);

-- Employees whom a change of rules concerns and who have not been planned anew yet.
CREATE TABLE replans (
    tenant_id   uuid NOT NULL,
    employee_id uuid NOT NULL,
    position    bigint NOT NULL,
    PRIMARY KEY (tenant_id, position),
    FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX replans_employee ON replans (tenant_id, employee_id);

-- Answers to requests that may be sent again, by the key their sender gave them.
CREATE TABLE idempotency_keys (
    tenant_id    uuid NOT NULL REFERENCES tenants (id),
    token_id     uuid NOT NULL,
    key          text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,
    status       bigint NOT NULL,
    location     text,
    etag         text,
    body         text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, token_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- An employee made by hand may become an identity provider's, and is counted there from then on.
DROP TRIGGER employees_connection_fixed ON employees;
CREATE TRIGGER employees_connection_fixed BEFORE UPDATE OF seq, tenant_id, connection_id ON employees FOR EACH ROW
WHEN (NEW.seq IS DISTINCT FROM OLD.seq OR NEW.tenant_id IS DISTINCT FROM OLD.tenant_id
      OR (OLD.connection_id IS NOT NULL AND NEW.connection_id IS DISTINCT FROM OLD.connection_id))
EXECUTE FUNCTION keep_connection();
CREATE FUNCTION count_adopted_employee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO employee_counts VALUES (NEW.tenant_id, NEW.connection_id, NEW.seq >> 8, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER employees_count_adopted AFTER UPDATE OF connection_id ON employees FOR EACH ROW
WHEN (OLD.connection_id IS NULL AND NEW.connection_id IS NOT NULL) EXECUTE FUNCTION count_adopted_employee();
