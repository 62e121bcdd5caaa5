-- What is remembered of those who left, and of groups that are gone.

-- The name under which somebody is still shown, the address under which he is still found, and what had been given to him by
-- hand, as JSON: he gets it again when he comes back.
ALTER TABLE departed_employees
    ADD COLUMN user_name text NOT NULL DEFAULT '',
    ADD COLUMN email_key text COLLATE "C",
    ADD COLUMN by_hand text;
UPDATE departed_employees SET user_name = user_name_key;
-- Whoever made him: who comes back under the same name is the same person.
DROP INDEX departed_employees_by_hand;
CREATE INDEX departed_employees_user_name ON departed_employees (tenant_id, user_name_key);
CREATE INDEX departed_employees_age ON departed_employees (departed_at);

-- What somebody had outlives him.
ALTER TABLE past_grants
    DROP CONSTRAINT past_grants_tenant_id_employee_id_fkey,
    ADD FOREIGN KEY (tenant_id) REFERENCES tenants (id);
CREATE INDEX past_grants_age ON past_grants (ended_at);

-- What groups were called that an identity provider deleted.
CREATE TABLE gone_groups (
    tenant_id    uuid NOT NULL REFERENCES tenants (id),
    id           uuid NOT NULL,
    display_name text NOT NULL,
    gone_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX gone_groups_age ON gone_groups (gone_at);

-- Who made a desk by hand, by the label of his token; nothing of those made before.
ALTER TABLE office_desks ADD COLUMN made_by text;
