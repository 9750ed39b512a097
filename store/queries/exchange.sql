-- Cases between instances: numbered messages for each peer, and what came of theirs.
-- When a message was written and came is by the database's clock: it is post, not casework.

-- name: know
INSERT INTO peers (name) SELECT unnest(%(names)s::text[]) ON CONFLICT DO NOTHING;

-- name: concerned
-- Events, just sorted, of cases that a peer has part in; all of them where one of them changes
-- who has part in what, for then those after it are concerned that were not before.
WITH told AS (
    SELECT o.id, o.case_id, o.sequence,
           l.verb = 'merge' OR (l.verb = 'hand-over' AND l.details ->> 'to' = ANY (%(peers)s)) AS turns
    FROM outbox o JOIN case_log l ON l.case_id = o.case_id AND l.version = o.sequence
    WHERE o.id = ANY (%(ids)s)
)
SELECT id, case_id, sequence FROM told
WHERE (SELECT bool_or(turns) FROM told)
   OR EXISTS (SELECT FROM case_links k WHERE k.case_id = told.case_id AND k.peer = ANY (%(peers)s))
ORDER BY id;

-- name: lock_peers
SELECT name FROM peers WHERE name = ANY (%(names)s) ORDER BY name FOR NO KEY UPDATE;

-- name: line
SELECT l.case_id, l.version, l.at, l.actor, l.role, l.verb, l.before, l.after, l.reason, l.details,
       c.number, c.source, c.exercise, c.code_list, c.code, c.condition, c.title_zh, c.title_en,
       c.severity, c.lon, c.lat, coalesce(c.component, '') AS component,
       coalesce(c.grid_cell, '') AS grid_cell, c.address, c.description, c.began
FROM case_log l JOIN cases c ON c.id = l.case_id
WHERE l.case_id = %(case_id)s AND l.version = %(version)s;

-- name: links_of
SELECT id, peer, theirs FROM case_links WHERE case_id = %(case_id)s AND peer = ANY (%(peers)s) ORDER BY id;

-- name: linked
-- Our case for theirs: by their number, else by ours where they know it.
SELECT k.id, k.case_id, c.number, k.theirs
FROM case_links k JOIN cases c ON c.id = k.case_id
WHERE k.peer = %(peer)s AND (k.theirs = %(theirs)s OR c.number = %(ours)s)
ORDER BY (k.theirs = %(theirs)s) DESC, k.id DESC LIMIT 1;

-- name: link
INSERT INTO case_links (peer, case_id, theirs) VALUES (%(peer)s, %(case_id)s, %(theirs)s);

-- name: relink
UPDATE case_links SET case_id = %(case_id)s, theirs = %(theirs)s WHERE id = %(id)s;

-- name: follow_merge
UPDATE case_links SET case_id = (SELECT id FROM cases WHERE number = %(into)s)
WHERE id = %(id)s AND EXISTS (SELECT FROM cases WHERE number = %(into)s);

-- name: unlink
DELETE FROM case_links WHERE id = %(id)s;

-- name: next_number
UPDATE peers SET sent = sent + 1 WHERE name = %(peer)s RETURNING sent;

-- name: post
INSERT INTO messages_out (peer, number, case_id, body, written)
VALUES (%(peer)s, %(number)s, %(case_id)s, %(body)s, now());

-- name: to_send
SELECT number, body FROM messages_out WHERE peer = %(peer)s AND number > %(after)s
ORDER BY number LIMIT %(most)s;

-- name: peer
SELECT name, sent, acknowledged, received, heard, trouble FROM peers WHERE name = %(peer)s;

-- name: lock_peer
SELECT received FROM peers WHERE name = %(peer)s FOR NO KEY UPDATE;

-- name: acknowledge
UPDATE peers SET acknowledged = greatest(acknowledged, %(number)s), heard = now(), trouble = ''
WHERE name = %(peer)s AND sent >= %(number)s RETURNING acknowledged;

-- name: trouble
UPDATE peers SET trouble = %(trouble)s WHERE name = %(peer)s;

-- name: received
UPDATE peers SET received = %(number)s, heard = now() WHERE name = %(peer)s;

-- name: arrived
INSERT INTO messages_in (peer, number, case_id, theirs, body, arrived, outcome, why)
VALUES (%(peer)s, %(number)s, %(case_id)s, %(theirs)s, %(body)s, now(), %(outcome)s, %(why)s);

-- name: waits
-- Whether a message of this case waits for people; then those after it wait for it.
SELECT EXISTS (SELECT FROM messages_in WHERE peer = %(peer)s AND theirs = %(theirs)s
               AND outcome IN ('conflict', 'held'));

-- name: our_message
SELECT case_id, body FROM messages_out WHERE peer = %(peer)s AND number = %(number)s;

-- name: refused
UPDATE messages_out SET refused = %(why)s WHERE peer = %(peer)s AND number = %(number)s;

-- name: held_up
SELECT number, body, outcome FROM messages_in
WHERE peer = %(peer)s AND theirs = %(theirs)s AND outcome IN ('conflict', 'held') ORDER BY number
FOR NO KEY UPDATE;

-- name: message_in
SELECT number, theirs, body, outcome, why FROM messages_in WHERE peer = %(peer)s AND number = %(number)s;

-- name: came_out
UPDATE messages_in SET outcome = %(outcome)s, why = %(why)s, case_id = coalesce(%(case_id)s, case_id)
WHERE peer = %(peer)s AND number = %(number)s;

-- name: peers
SELECT p.name, p.sent, p.acknowledged, p.received, p.heard, p.trouble,
       (SELECT count(*) FROM messages_in m WHERE m.peer = p.name AND m.outcome = 'conflict') AS conflicts,
       (SELECT count(*) FROM messages_in m WHERE m.peer = p.name AND m.outcome = 'held') AS held,
       (SELECT count(*) FROM messages_out m WHERE m.peer = p.name AND m.refused <> '') AS refused,
       (SELECT count(*) FROM case_links k WHERE k.peer = p.name) AS cases
FROM peers p WHERE p.name = ANY (%(names)s) ORDER BY p.name;

-- name: messages
-- Theirs that were not followed, and ours that they could not follow, newest first.
SELECT * FROM (
    SELECT 'in' AS direction, m.peer, m.number, m.theirs, c.number AS "case", m.body, m.arrived AS at,
           m.outcome, m.why
    FROM messages_in m LEFT JOIN cases c ON c.id = m.case_id
    WHERE m.peer = %(peer)s AND m.outcome <> 'applied'
    UNION ALL
    SELECT 'out', m.peer, m.number, '', c.number, m.body, m.written, 'refused', m.refused
    FROM messages_out m LEFT JOIN cases c ON c.id = m.case_id
    WHERE m.peer = %(peer)s AND m.refused <> '') AS both_ways
ORDER BY at DESC, number DESC LIMIT %(limit)s;

-- name: forget
DELETE FROM messages_out m USING peers p
WHERE p.name = m.peer AND m.number <= p.acknowledged AND m.written < now() - %(keep)s::interval AND m.refused = '';
