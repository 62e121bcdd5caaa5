-- The admin API: tokens of a tenant's administrators, employees made by hand who leave and come back, messages about the
-- tenant as a whole.

-- A token for SCIM opens one connection; one for the admin API belongs to the tenant.
ALTER TABLE tokens
    ALTER COLUMN connection_id DROP NOT NULL,
    DROP CONSTRAINT tokens_scope_check,
    ADD CONSTRAINT tokens_scope_check CHECK (scope IN ('scim', 'admin:read', 'admin:write')),
    ADD CONSTRAINT tokens_connection_check CHECK ((scope = 'scim') = (connection_id IS NOT NULL));

-- Who was made by hand came by no connection.
ALTER TABLE departed_employees ALTER COLUMN connection_id DROP NOT NULL;
CREATE INDEX departed_employees_by_hand ON departed_employees (tenant_id, user_name_key) WHERE connection_id IS NULL;

-- A message is about an employee, a group, or the tenant as a whole.
ALTER TABLE outbox
    DROP CONSTRAINT outbox_check,
    ADD CONSTRAINT outbox_check CHECK (employee_id IS NULL OR group_id IS NULL);

-- What an administrator's change of the tenant's settings is checked against.
ALTER TABLE tenants ADD COLUMN settings_version bigint NOT NULL DEFAULT 1;
