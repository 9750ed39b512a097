-- name: holders
-- Who has an account at the broker, and the devices it speaks for beside itself. One that is
-- neither an active device nor the gateway of one has none any more.
WITH speaks AS (
    SELECT DISTINCT (d.tags || c.tags) ->> 'gateway' AS gateway, d.id AS device
    FROM channels c JOIN devices d ON d.id = c.device AND d.status = 'active'
)
SELECT h.device, h.hash,
       coalesce((SELECT array_agg(s.device ORDER BY s.device) FROM speaks s
                 WHERE s.gateway = h.device AND s.device <> h.device), '{}')
FROM device_credentials h
WHERE EXISTS (SELECT FROM devices d WHERE d.id = h.device AND d.status = 'active')
   OR EXISTS (SELECT FROM speaks s WHERE s.gateway = h.device)
ORDER BY h.device;

-- name: listed
SELECT h.device, h.hash IS NULL, h.made_at, h.made_by FROM device_credentials h ORDER BY h.device;

-- name: known
-- Active devices and the gateways of such; all, or those of these names.
SELECT name, EXISTS (SELECT FROM device_credentials h WHERE h.device = name)
FROM (
    SELECT d.id FROM devices d WHERE d.status = 'active'
    UNION
    SELECT (d.tags || c.tags) ->> 'gateway'
    FROM channels c JOIN devices d ON d.id = c.device AND d.status = 'active'
    WHERE (d.tags || c.tags) ->> 'gateway' <> ''
) AS known (name)
WHERE %(devices)s::text[] IS NULL OR name = ANY (%(devices)s) ORDER BY name;

-- name: put
INSERT INTO device_credentials (device, hash, made_at, made_by)
VALUES (%(device)s, %(hash)s, %(at)s, %(by)s)
ON CONFLICT (device) DO UPDATE
    SET hash = excluded.hash, made_at = excluded.made_at, made_by = excluded.made_by;

-- name: remove
DELETE FROM device_credentials WHERE device = %(device)s RETURNING device;
