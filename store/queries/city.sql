-- Versions of the city's own tables; see store/catalogue.py.

-- name: lock
-- One import at a time, so that what was looked at still holds when it is written.
LOCK TABLE city_versions IN SHARE ROW EXCLUSIVE MODE;

-- name: versions
-- Every version, newest first.
SELECT kind, name, version, in_force_from, in_force_until, body FROM city_versions
ORDER BY kind, name, in_force_from DESC;

-- name: state
-- Another text whenever the versions are others, or another of them is in force.
SELECT md5(coalesce(string_agg(concat_ws('|', kind, name, version, in_force_from, in_force_until,
                                         md5(body::text)), ',' ORDER BY kind, name, in_force_from), ''))
FROM city_versions WHERE in_force_from <= coalesce(%(at)s::timestamptz, 'infinity');

-- name: drop_planned
-- A version that is not in force yet may be given anew; `end` ends the one before it then.
WITH dropped AS (
    DELETE FROM city_versions
    WHERE kind = %(kind)s AND name = %(name)s AND version = %(version)s
      AND in_force_from > %(at)s AND in_force_until IS NULL
    RETURNING in_force_from
), reopened AS (
    UPDATE city_versions v SET in_force_until = NULL FROM dropped d
    WHERE v.kind = %(kind)s AND v.name = %(name)s AND v.in_force_until = d.in_force_from
)
SELECT in_force_from FROM dropped;

-- name: end
UPDATE city_versions SET in_force_until = %(in_force_from)s
WHERE kind = %(kind)s AND name = %(name)s AND in_force_until IS NULL;

-- name: begin
INSERT INTO city_versions (kind, name, version, in_force_from, body, file, imported)
VALUES (%(kind)s, %(name)s, %(version)s, %(in_force_from)s, %(body)s, %(file)s, %(at)s);

-- name: name_departments
INSERT INTO departments AS kept (code, name_zh, name_en)
SELECT code, name_zh, name_en
FROM jsonb_to_recordset(%(departments)s::jsonb) AS given (code text, name_zh text, name_en text)
ORDER BY code
ON CONFLICT (code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en
WHERE (kept.name_zh, kept.name_en) IS DISTINCT FROM (excluded.name_zh, excluded.name_en);
