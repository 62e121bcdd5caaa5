-- What is remembered of those who left, and of groups that are gone.

-- The name under which somebody is still shown, the address under which he is still found, and what had been given to him by
-- hand, as JSON: he gets it again when he comes back.
ALTER TABLE departed_employees ADD COLUMN user_name TEXT NOT NULL DEFAULT '';
ALTER TABLE departed_employees ADD COLUMN email_key TEXT;
ALTER TABLE departed_employees ADD COLUMN by_hand TEXT;
UPDATE departed_employees SET user_name = user_name_key;
-- Whoever made him: who comes back under the same name is the same person.
DROP INDEX departed_employees_by_hand;
CREATE INDEX departed_employees_user_name ON departed_employees (tenant_id, user_name_key);
CREATE INDEX departed_employees_age ON departed_employees (departed_at);

-- What somebody had outlives him. SQLite takes no foreign key away, so the table is made anew.
CREATE TABLE past_grants_next (
    seq         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id   BLOB    NOT NULL REFERENCES tenants (id),
    employee_id BLOB    NOT NULL,
    past        TEXT    NOT NULL,
    ended_at    INTEGER NOT NULL
) STRICT;
INSERT INTO past_grants_next (seq, tenant_id, employee_id, past, ended_at)
SELECT seq, tenant_id, employee_id, past, ended_at FROM past_grants;
DROP TABLE past_grants;
ALTER TABLE past_grants_next RENAME TO past_grants;
CREATE INDEX past_grants_employee ON past_grants (tenant_id, employee_id, seq);
CREATE INDEX past_grants_age ON past_grants (ended_at);

-- What groups were called that an identity provider deleted.
CREATE TABLE gone_groups (
    tenant_id    BLOB    NOT NULL REFERENCES tenants (id),
    id           BLOB    NOT NULL,
    display_name TEXT    NOT NULL,
    gone_at      INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX gone_groups_age ON gone_groups (gone_at);

-- Who made a desk by hand, by the label of his token; nothing of those made before.
ALTER TABLE office_desks ADD COLUMN made_by TEXT;
