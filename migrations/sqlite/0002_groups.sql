-- Groups of identity providers, their members, and what is remembered of changes to them.

-- How the answers to a tenant's identity providers look, and whether two of its groups may have one name.
ALTER TABLE tenants ADD COLUMN group_patch_response TEXT NOT NULL DEFAULT 'none'
    CHECK (group_patch_response IN ('none', 'resource'));
ALTER TABLE tenants ADD COLUMN group_names TEXT NOT NULL DEFAULT 'unique' CHECK (group_names IN ('unique', 'free'));

-- A group belongs to the connection that made it. Its members are rows of their own; the document has none.
CREATE TABLE groups (
    seq              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id        BLOB    NOT NULL REFERENCES tenants (id),
    id               BLOB    NOT NULL,
    connection_id    BLOB    NOT NULL,
    external_id      TEXT,
    display_name     TEXT    NOT NULL,
    display_name_key TEXT    NOT NULL,
    -- The same while the tenant wants names to be unique, else null: an index keeps what the setting says.
    unique_name_key  TEXT,
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    document         TEXT    NOT NULL,
    search           TEXT    NOT NULL,
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX groups_id ON groups (tenant_id, id);
CREATE UNIQUE INDEX groups_unique_name ON groups (tenant_id, unique_name_key) WHERE unique_name_key IS NOT NULL;
CREATE INDEX groups_display_name ON groups (tenant_id, connection_id, display_name_key);
CREATE INDEX groups_external_id ON groups (tenant_id, connection_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX groups_order ON groups (tenant_id, connection_id, seq);

CREATE TABLE group_members (
    tenant_id   BLOB NOT NULL,
    group_id    BLOB NOT NULL,
    employee_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, group_id, employee_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_employee ON group_members (tenant_id, employee_id, group_id);

-- Groups that are members of groups.
CREATE TABLE group_subgroups (
    tenant_id   BLOB NOT NULL,
    group_id    BLOB NOT NULL,
    subgroup_id BLOB NOT NULL CHECK (subgroup_id <> group_id),
    PRIMARY KEY (tenant_id, group_id, subgroup_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, subgroup_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX group_subgroups_subgroup ON group_subgroups (tenant_id, subgroup_id, group_id);

-- Which group holds which one at whatever depth, each group itself among them: all groups of a person are one join.
CREATE TABLE group_closure (
    tenant_id     BLOB NOT NULL,
    descendant_id BLOB NOT NULL,
    ancestor_id   BLOB NOT NULL,
    PRIMARY KEY (tenant_id, descendant_id, ancestor_id),
    FOREIGN KEY (tenant_id, descendant_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, ancestor_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX group_closure_ancestor ON group_closure (tenant_id, ancestor_id, descendant_id);

-- How often the members of a group were changed, and when last; counts beside the version in the group's own row.
CREATE TABLE group_changes (
    tenant_id  BLOB    NOT NULL,
    group_id   BLOB    NOT NULL,
    changes    INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, group_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

ALTER TABLE provisioning_events ADD COLUMN group_id BLOB;
ALTER TABLE provisioning_events ADD COLUMN members_added INTEGER;
ALTER TABLE provisioning_events ADD COLUMN members_removed INTEGER;
CREATE INDEX provisioning_events_group ON provisioning_events (tenant_id, group_id, id) WHERE group_id IS NOT NULL;

-- A message is about an employee or about a group. SQLite takes no NOT NULL away, so the table is made anew; its numbers
-- go on where they were.
CREATE TABLE outbox_next (
    seq         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id   BLOB    NOT NULL REFERENCES tenants (id),
    employee_id BLOB,
    group_id    BLOB,
    topic       TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    CHECK ((employee_id IS NULL) <> (group_id IS NULL))
) STRICT;
INSERT INTO outbox_next (seq, tenant_id, employee_id, topic, payload, created_at)
SELECT seq, tenant_id, employee_id, topic, payload, created_at FROM outbox;
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_next', s.seq FROM sqlite_sequence s
WHERE s.name = 'outbox' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence n WHERE n.name = 'outbox_next');
UPDATE sqlite_sequence SET seq = (SELECT s.seq FROM sqlite_sequence s WHERE s.name = 'outbox')
WHERE name = 'outbox_next' AND EXISTS (SELECT 1 FROM sqlite_sequence s WHERE s.name = 'outbox');
DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;
