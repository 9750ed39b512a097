-- name: set
-- From a moment on days are those of a zone; where nothing is booked yet, all are.
INSERT INTO city_zones AS kept (since, time_zone)
SELECT CASE WHEN EXISTS (SELECT FROM ledger) THEN %(at)s ELSE '-infinity'::timestamptz END, %(zone)s
WHERE city_zone() <> %(zone)s
ON CONFLICT (since) DO UPDATE SET time_zone = excluded.time_zone;
