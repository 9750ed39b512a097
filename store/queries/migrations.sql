-- name: lock
-- One process migrates at a time; the lock goes with the session.
SELECT pg_advisory_lock(5120260101);

-- name: unlock
SELECT pg_advisory_unlock(5120260101);

-- name: create
CREATE TABLE IF NOT EXISTS migrations (
    version text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: applied
SELECT version, checksum FROM migrations;

-- name: record
INSERT INTO migrations (version, checksum) VALUES (%(version)s, %(checksum)s);

-- name: timescale_is_offered
-- Only where the server has it loaded can the extension be created.
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
   AND current_setting('shared_preload_libraries') LIKE '%timescaledb%';
