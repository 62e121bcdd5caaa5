-- Groups of identity providers, their members, and what is remembered of changes to them.

-- How the answers to a tenant's identity providers look, and whether two of its groups may have one name.
ALTER TABLE tenants
    ADD COLUMN group_patch_response text NOT NULL DEFAULT 'none' CHECK (group_patch_response IN ('none', 'resource')),
    ADD COLUMN group_names text NOT NULL DEFAULT 'unique' CHECK (group_names IN ('unique', 'free'));

-- A group belongs to the connection that made it. Its members are rows of their own; the document has none.
CREATE TABLE groups (
    seq              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id        uuid NOT NULL REFERENCES tenants (id),
    id               uuid NOT NULL,
    connection_id    uuid NOT NULL,
    external_id      text COLLATE "C",
    display_name     text NOT NULL,
    display_name_key text COLLATE "C" NOT NULL,
    -- The same while the tenant wants names to be unique, else null: an index keeps what the setting says.
    unique_name_key  text COLLATE "C",
    version          bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    document         text NOT NULL,
    search           jsonb NOT NULL,
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX groups_id ON groups (tenant_id, id);
-- Partial, so that it is no key that a foreign key might mean: a rename does not wait for those who add members.
CREATE UNIQUE INDEX groups_unique_name ON groups (tenant_id, unique_name_key) WHERE unique_name_key IS NOT NULL;
CREATE INDEX groups_display_name ON groups (tenant_id, connection_id, display_name_key);
CREATE INDEX groups_external_id ON groups (tenant_id, connection_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX groups_order ON groups (tenant_id, connection_id, seq);

CREATE TABLE group_members (
    tenant_id        uuid NOT NULL,
    group_id         uuid NOT NULL,
    employee_id      uuid NOT NULL,
    PRIMARY KEY (tenant_id, group_id, employee_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_members_employee ON group_members (tenant_id, employee_id, group_id);

-- Groups that are members of groups.
CREATE TABLE group_subgroups (
    tenant_id        uuid NOT NULL,
    group_id         uuid NOT NULL,
    subgroup_id      uuid NOT NULL CHECK (subgroup_id <> group_id),
    PRIMARY KEY (tenant_id, group_id, subgroup_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, subgroup_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_subgroups_subgroup ON group_subgroups (tenant_id, subgroup_id, group_id);

-- Which group holds which one at whatever depth, each group itself among them: all groups of a person are one join.
CREATE TABLE group_closure (
    tenant_id        uuid NOT NULL,
    descendant_id    uuid NOT NULL,
    ancestor_id      uuid NOT NULL,
    PRIMARY KEY (tenant_id, descendant_id, ancestor_id),
    FOREIGN KEY (tenant_id, descendant_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, ancestor_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_closure_ancestor ON group_closure (tenant_id, ancestor_id, descendant_id);

-- How often the members of a group were changed, and when last. Each write adds a row of its own and the sum counts,
-- beside the version in the group's own row: two who add members at the same time would otherwise wait for each other.
-- The daemon folds the rows now and then.
CREATE TABLE group_changes (
    tenant_id        uuid NOT NULL,
    group_id         uuid NOT NULL,
    changes          bigint NOT NULL,
    changed_at       timestamptz NOT NULL,
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_changes_group ON group_changes (tenant_id, group_id) INCLUDE (changes, changed_at);

ALTER TABLE provisioning_events
    ADD COLUMN group_id uuid,
    ADD COLUMN members_added bigint,
    ADD COLUMN members_removed bigint;
CREATE INDEX provisioning_events_group ON provisioning_events (tenant_id, group_id, id) WHERE group_id IS NOT NULL;

-- A message is about an employee or about a group.
ALTER TABLE outbox
    ALTER COLUMN employee_id DROP NOT NULL,
    ADD COLUMN group_id uuid,
    ADD CHECK ((employee_id IS NULL) <> (group_id IS NULL));
