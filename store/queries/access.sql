-- Who asks, what they may do, and what they did.

-- name: session
-- The person behind a session that has not ended; what it owes of a second factor, "enrolment"
-- where one is asked for. A provider asks for its own.
SELECT a.id, a.name, '{}'::text[] AS scopes, '' AS device, s.id AS session, s.seen AS used,
       CASE WHEN s.provider IS NOT NULL OR s.proven IS NOT NULL THEN ''
            WHEN EXISTS (SELECT FROM second_factors f
                         WHERE f.account = a.id AND f.confirmed IS NOT NULL) THEN 'code'
            ELSE 'enrolment' END AS owes,
       (SELECT coalesce(json_agg(json_build_array(g.role, g.department, g.area)), '[]')
        FROM grants g WHERE g.account = a.id) AS grants
FROM sessions s JOIN accounts a ON a.id = s.account
WHERE s.token = %(token)s AND s.ended IS NULL AND a.disabled IS NULL
  AND s.ends > %(now)s AND s.seen > %(idle_since)s;

-- name: session_seen
UPDATE sessions SET seen = %(now)s WHERE id = %(session)s;

-- name: key
-- The system behind a secret that is still good.
SELECT k.id, k.name, k.scopes, k.device, NULL::bigint AS session, k.used, '' AS owes,
       (SELECT coalesce(json_agg(json_build_array(g.role, g.department, g.area)), '[]')
        FROM grants g WHERE g.key = k.id) AS grants
FROM api_keys k
WHERE (k.secret = %(token)s OR k.former = %(token)s AND k.former_until > %(now)s)
  AND k.revoked IS NULL AND k.expires > %(now)s;

-- name: key_used
UPDATE api_keys SET used = %(now)s WHERE id = %(id)s;

-- name: add_account
INSERT INTO accounts (name, person, password, provider, subject, created)
VALUES (%(name)s, %(person)s, %(password)s, %(provider)s, %(subject)s, %(now)s)
ON CONFLICT (person) DO NOTHING RETURNING id;

-- name: open_session
INSERT INTO sessions (token, account, began, seen, ends, address, agent)
VALUES (%(token)s, %(account)s, %(now)s, %(now)s, %(ends)s, %(address)s, %(agent)s)
RETURNING id;

-- name: add_key
INSERT INTO api_keys (name, secret, scopes, created, created_by, expires)
VALUES (%(name)s, %(secret)s, %(scopes)s, %(now)s, %(by)s, %(expires)s)
ON CONFLICT (name) DO NOTHING RETURNING id;

-- name: add_grant
INSERT INTO grants (account, key, role, department, area)
VALUES (%(account)s, %(key)s, %(role)s, %(department)s, %(area)s)
ON CONFLICT DO NOTHING;

-- name: audit
INSERT INTO audit (at, kind, name, account, key, address, method, route, path, permission, status,
                   why)
VALUES (%(at)s, %(kind)s, %(name)s, %(account)s, %(key)s, %(address)s, %(method)s, %(route)s,
        %(path)s, %(permission)s, %(status)s, %(why)s)
RETURNING id;

-- name: audit_ended
UPDATE audit SET status = %(status)s, why = CASE WHEN %(why)s = '' THEN why ELSE %(why)s END
WHERE id = %(id)s;

-- name: mark_session
-- Which browser it is in, who vouched for the person, and whether they showed a second factor.
UPDATE sessions SET browser = %(browser)s, provider = %(provider)s, proven = %(proven)s
WHERE token = %(token)s;
