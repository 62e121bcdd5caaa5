-- Until when a token was made to live. Its rotation brings the end forward, and a successor lives as long as was meant.
ALTER TABLE tokens ADD COLUMN meant_until INTEGER;
UPDATE tokens SET meant_until = expires_at;
