-- name: progress
SELECT received_until FROM rollup_progress WHERE rollup = 'readings' FOR UPDATE;

-- name: begin
INSERT INTO rollup_progress (rollup, received_until) VALUES ('readings', '1970-01-01Z')
ON CONFLICT (rollup) DO NOTHING;

-- name: newest
SELECT max(received) FROM readings WHERE received > %(after)s AND quality & 1024 = 0;

-- name: roll
-- Add what was received in (after, until] to the rollups. A reading is stored once, so
-- adding is exact whatever its device time; nothing that is there is read again.
SELECT add_to_rollups(%(after)s, %(until)s);

-- name: set_progress
UPDATE rollup_progress SET received_until = %(until)s WHERE rollup = 'readings';

-- name: redo
-- Make stretches anew, from what was received until `until`; later receipts get added.
SELECT redo_rollups(%(until)s);

-- name: ask_redo
INSERT INTO rollup_redo (channel, since, until)
SELECT * FROM unnest(%(channel)s::integer[], %(since)s::timestamptz[], %(until)s::timestamptz[]);
