-- The second factor of people with a password here.

-- name: begin
-- One that nobody has shown a code of yet gives way to a new one.
INSERT INTO second_factors (account, secret, made) VALUES (%(account)s, %(secret)s, %(now)s)
ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, made = excluded.made, last_step = 0
WHERE second_factors.confirmed IS NULL RETURNING account;

-- name: factor
SELECT secret, confirmed, (SELECT count(*) FROM recovery_codes c
                           WHERE c.account = f.account AND c.used IS NULL) AS codes_left
FROM second_factors f WHERE account = %(account)s;

-- name: take_step
-- A code is taken once: none of its step or of an earlier one after it.
UPDATE second_factors SET last_step = %(step)s, confirmed = coalesce(confirmed, %(now)s)
WHERE account = %(account)s AND last_step < %(step)s AND secret = %(secret)s RETURNING account;

-- name: proven
SELECT true FROM sessions WHERE id = %(session)s AND proven IS NOT NULL AND ended IS NULL;

-- name: add_code
INSERT INTO recovery_codes (account, code) VALUES (%(account)s, %(code)s);

-- name: take_code
UPDATE recovery_codes SET used = %(now)s
WHERE account = %(account)s AND code = %(code)s AND used IS NULL RETURNING account;

-- name: drop_codes
DELETE FROM recovery_codes WHERE account = %(account)s;

-- name: unprove
-- A session that has shown a code of one that is gone owes one anew, where one is asked for.
UPDATE sessions SET proven = NULL WHERE account = %(account)s AND ended IS NULL;

-- name: drop
DELETE FROM second_factors WHERE account = %(account)s RETURNING account;
