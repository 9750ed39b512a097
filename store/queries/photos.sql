-- Pictures that reports and steps name.

-- name: put
-- Nothing is returned when it is stored already.
INSERT INTO photos (id, media_type, body, thumbnail, width, height, taken, lon, lat, received, actor)
VALUES (%(id)s, %(media_type)s, %(body)s, %(thumbnail)s, %(width)s, %(height)s, %(taken)s, %(lon)s,
        %(lat)s, %(received)s, %(actor)s)
ON CONFLICT (id) DO NOTHING RETURNING id;

-- name: known
SELECT id FROM photos WHERE id = ANY (%(ids)s);

-- name: body
SELECT media_type, body FROM photos WHERE id = %(id)s;

-- name: thumbnail
SELECT 'image/jpeg', thumbnail FROM photos WHERE id = %(id)s;

-- name: seen
-- Whether a picture is of a case that somebody limited may see, or one that they sent themselves.
SELECT EXISTS (SELECT FROM photos p WHERE p.id = %(id)s AND p.actor = %(name)s)
    OR EXISTS (SELECT FROM case_log l JOIN cases c ON c.id = l.case_id
               WHERE l.details ? 'photos' AND l.details -> 'photos' @> to_jsonb(%(id)s::text)
                 AND case_within(c, %(areas)s::text[], %(departments)s::text[]))
    OR EXISTS (SELECT FROM reports r JOIN cases c ON c.id = r.case_id
               WHERE r.photos <> '{}' AND r.photos @> ARRAY[%(id)s::text]
                 AND case_within(c, %(areas)s::text[], %(departments)s::text[]));

-- name: facts
SELECT id, media_type, octet_length(body) AS size, width, height, taken, lon, lat, received, actor
FROM photos WHERE id = ANY (%(ids)s) ORDER BY array_position(%(ids)s, id);
