-- name: lines
-- Newest first; every filter NULL: all.
SELECT id AS number, at, kind, name, address, method, route, path, permission, status, why
FROM audit
WHERE (%(name)s::text IS NULL OR name = %(name)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(permission)s::text IS NULL OR permission = %(permission)s)
  AND (%(refused)s::boolean IS NULL OR (coalesce(status, 0) IN (401, 403)) = %(refused)s)
  AND (%(contains)s::text IS NULL OR strpos(path, %(contains)s) > 0 OR strpos(why, %(contains)s) > 0)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
  AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s;
