-- name: waiting
-- Unknown devices, and unknown fields of known ones, most readings first.
SELECT device, name, count(*), min(time), max(time), min(received), max(received),
       (array_agg(coalesce(value::text, state) ORDER BY received DESC))[1],
       array_agg(DISTINCT unit ORDER BY unit), (array_agg(topic ORDER BY received DESC))[1]
FROM quarantine
WHERE device = %(device)s OR %(device)s::text IS NULL AND NOT of_drill(device)
GROUP BY device, name ORDER BY count(*) DESC, device, name LIMIT %(limit)s;

-- name: take
-- Take the oldest readings out whose device and field are a channel by now, and that came by a
-- topic of the device or of its gateway; see ingest.sender.
WITH adopted AS (
    SELECT q.device, q.name, q.time, q.sender, c.number FROM quarantine q
    JOIN channels c USING (device, name)
    JOIN devices d ON d.id = c.device AND d.status = 'active'
    WHERE q.sender IN ('', q.device, (d.tags || c.tags) ->> 'gateway')
    ORDER BY q.received, q.time LIMIT %(rows)s
    FOR UPDATE OF q SKIP LOCKED
)
DELETE FROM quarantine q USING adopted a
WHERE q.device = a.device AND q.name = a.name AND q.time = a.time AND q.sender = a.sender
RETURNING a.number, q.device, (extract(epoch FROM q.time) * 1000000)::bigint,
          (extract(epoch FROM q.received) * 1000000)::bigint, q.value, q.state, q.unit, q.quality;

-- name: book_adopted
-- What was quarantined became readings, or was there already, on the day it was received.
UPDATE ledger SET quarantined = quarantined - moved.readings,
                  stored = stored + moved.new,
                  duplicate = duplicate + moved.readings - moved.new
FROM (
    SELECT device, city_day(received) AS day, count(*) AS readings, count(*) FILTER (WHERE new) AS new
    FROM unnest(%(device)s::text[], %(received)s::timestamptz[], %(new)s::boolean[])
         AS each (device, received, new)
    GROUP BY 1, 2
) AS moved
WHERE ledger.device = moved.device AND ledger.day = moved.day;
