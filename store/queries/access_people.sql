-- People and keys, as administrators see them.

-- name: people
SELECT a.id AS number, a.name, a.password IS NOT NULL AS has_password, a.provider, a.subject,
       a.created, a.disabled,
       EXISTS (SELECT FROM second_factors f
               WHERE f.account = a.id AND f.confirmed IS NOT NULL) AS second_factor,
       (SELECT max(s.seen) FROM sessions s WHERE s.account = a.id) AS seen,
       (SELECT max(i.expires) FROM invitations i
        WHERE i.account = a.id AND i.used IS NULL AND i.expires > %(now)s) AS invited_until,
       (SELECT coalesce(json_agg(json_build_object('role', g.role, 'department', g.department,
                   'area', g.area, 'by_provider', g.by_provider)
                   ORDER BY g.role, g.department, g.area), '[]')
        FROM grants g WHERE g.account = a.id) AS grants
FROM accounts a
WHERE (%(account)s::bigint IS NULL OR a.id = %(account)s)
  AND (%(search)s::text = '' OR strpos(a.person, %(search)s) > 0)
  AND (%(after)s::text IS NULL OR (a.person, a.id) > (%(after)s, %(after_number)s))
ORDER BY a.person, a.id LIMIT %(limit)s;

-- name: person_of
SELECT person FROM accounts WHERE id = %(account)s;

-- name: number_of
SELECT id FROM accounts WHERE person = %(person)s;

-- name: grant
INSERT INTO grants (account, role, department, area)
VALUES (%(account)s, %(role)s, %(department)s, %(area)s)
ON CONFLICT (account, key, role, department, area) DO UPDATE SET by_provider = false;

-- name: withdraw
DELETE FROM grants WHERE account = %(account)s AND role = %(role)s
  AND department = %(department)s AND area = %(area)s RETURNING role;

-- name: disable
UPDATE accounts SET disabled = %(now)s WHERE id = %(account)s AND disabled IS NULL RETURNING id;

-- name: enable
UPDATE accounts SET disabled = NULL WHERE id = %(account)s AND disabled IS NOT NULL RETURNING id;

-- name: keys
SELECT k.id AS number, k.name, k.device, k.scopes, k.created, k.created_by, k.expires, k.revoked,
       k.used, CASE WHEN k.former_until > %(now)s THEN k.former_until END AS former_until,
       (SELECT coalesce(json_agg(json_build_object('role', g.role, 'department', g.department,
                   'area', g.area) ORDER BY g.role, g.department, g.area), '[]')
        FROM grants g WHERE g.key = k.id) AS grants
FROM api_keys k
WHERE (%(key)s::bigint IS NULL OR k.id = %(key)s)
  AND (%(after)s::text IS NULL OR (k.name, k.id) > (%(after)s, %(after_number)s))
ORDER BY k.name, k.id LIMIT %(limit)s;

-- name: key_number
SELECT id FROM api_keys WHERE name = %(name)s;

-- name: key_device
UPDATE api_keys SET device = %(device)s WHERE name = %(name)s;

-- name: rotate_key
UPDATE api_keys SET former = secret, former_until = %(former_until)s, secret = %(secret)s,
                    expires = %(expires)s
WHERE id = %(key)s AND revoked IS NULL RETURNING name;

-- name: revoke_key
UPDATE api_keys SET revoked = %(now)s WHERE id = %(key)s AND revoked IS NULL RETURNING name;
