-- How often somebody has planned for the tenant: who has looked ahead notices that another was faster.
ALTER TABLE tenants ADD COLUMN turns INTEGER NOT NULL DEFAULT 0;

-- Whoever works the list off does it on the word of who put somebody on it: actor, cause and request as JSON. Who was on
-- it before has none.
ALTER TABLE replans ADD COLUMN because TEXT;
