-- The order of arrival is asked for within a connection. The index on its number alone ran through all tenants, and the
-- planner liked to follow it: behind a tenant's last employee it read everybody else's. Identifiers are the key.

ALTER TABLE employees DROP CONSTRAINT employees_pkey;
ALTER TABLE employees ADD CONSTRAINT employees_id PRIMARY KEY USING INDEX employees_id;
ALTER TABLE groups DROP CONSTRAINT groups_pkey;
ALTER TABLE groups ADD CONSTRAINT groups_id PRIMARY KEY USING INDEX groups_id;
