-- Requests that are done once however often they are sent.

-- name: forget
DELETE FROM idempotency WHERE (identity, key) IN (
    SELECT identity, key FROM idempotency WHERE began < %(expired)s
    LIMIT 100 FOR UPDATE SKIP LOCKED
);

-- name: claim
-- A row is returned to the one who may go on, whoever else asks at the same time.
INSERT INTO idempotency (identity, key, digest, began)
VALUES (%(identity)s, %(key)s, %(digest)s, %(at)s)
ON CONFLICT (identity, key) DO UPDATE
    SET digest = excluded.digest, began = excluded.began, status = NULL, headers = NULL, body = NULL
    WHERE idempotency.began < %(expired)s
RETURNING true;

-- name: claimed
SELECT digest, began, status, headers, body FROM idempotency
WHERE identity = %(identity)s AND key = %(key)s;

-- name: keep
UPDATE idempotency SET status = %(status)s, headers = %(headers)s, body = %(body)s
WHERE identity = %(identity)s AND key = %(key)s;

-- name: give_back
DELETE FROM idempotency WHERE identity = %(identity)s AND key = %(key)s AND status IS NULL;
