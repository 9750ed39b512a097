-- Versions of rules: in force, on trial, and when; see store/rule_versions.py.

-- name: lock
-- One change at a time, so that what was looked at still holds when it is written.
LOCK TABLE rule_versions IN SHARE ROW EXCLUSIVE MODE;

-- name: present
-- Versions in force and on trial.
SELECT rule, version, pack, body, in_force_from, in_force_until, shadow FROM rule_versions
WHERE in_force_until IS NULL ORDER BY rule, shadow;

-- name: standing_names
-- In force, those on trial left out.
SELECT rule, version FROM rule_versions WHERE in_force_until IS NULL AND NOT shadow ORDER BY rule;

-- name: in_force
SELECT rule, version, pack, body, in_force_from, in_force_until, shadow FROM rule_versions
WHERE NOT shadow AND in_force_from <= %(at)s
  AND (in_force_until IS NULL OR in_force_until > %(at)s)
ORDER BY rule;

-- name: version
-- As last put in force, or else on trial.
SELECT rule, version, pack, body, in_force_from, in_force_until, shadow FROM rule_versions
WHERE rule = %(rule)s AND version = %(version)s ORDER BY shadow, in_force_from DESC LIMIT 1;

-- name: versions
-- All terms of a rule, newest first.
SELECT rule, version, pack, body, in_force_from, in_force_until, shadow FROM rule_versions
WHERE rule = %(rule)s ORDER BY in_force_from DESC, shadow, in_force_until DESC NULLS FIRST;

-- name: terms
-- What is judged by: versions in force and on trial, and former ones that ended since then.
-- Those of the first start judge what was stored before it, too.
SELECT rule, version, pack, body, in_force_from, in_force_until, shadow,
       in_force_from = (SELECT min(in_force_from) FROM rule_versions WHERE NOT shadow) AS first
FROM rule_versions
WHERE in_force_until IS NULL
   OR (NOT shadow AND in_force_until > in_force_from
       AND in_force_until > coalesce(%(since)s::timestamptz, '-infinity'))
ORDER BY rule, in_force_from;

-- name: state_of_terms
-- The same for the same terms, as long as only those given to `terms` count.
SELECT md5(coalesce(string_agg(concat_ws('|', rule, version, shadow, in_force_from, in_force_until),
                               ',' ORDER BY rule, version, shadow, in_force_from), ''))
FROM rule_versions;

-- name: former
-- The version that was in force before the present one.
SELECT rule, version, pack, body, in_force_from, in_force_until, shadow FROM rule_versions
WHERE rule = %(rule)s AND NOT shadow AND in_force_until IS NOT NULL
  AND version IS DISTINCT FROM %(version)s
ORDER BY in_force_until DESC, in_force_from DESC LIMIT 1;

-- name: end
UPDATE rule_versions SET in_force_until = greatest(in_force_from, %(at)s)
WHERE rule = %(rule)s AND shadow = %(shadow)s AND in_force_until IS NULL;

-- name: begin
-- Never before the former one ended, should a clock have been set back.
INSERT INTO rule_versions (rule, version, pack, body, shadow, in_force_from)
SELECT %(rule)s, %(version)s, %(pack)s, %(body)s, %(shadow)s,
       greatest(%(at)s, (SELECT max(in_force_until) FROM rule_versions
                         WHERE rule = %(rule)s AND shadow = %(shadow)s))
ON CONFLICT (rule, version, shadow, in_force_from) DO UPDATE SET in_force_until = NULL;

-- name: log
INSERT INTO rule_log (at, rule, verb, version, former, actor, reason)
VALUES (%(at)s, %(rule)s, %(verb)s, %(version)s, %(former)s, %(actor)s, %(reason)s);

-- name: log_lines
-- Newest first.
SELECT id, at, rule, verb, version, former, actor, reason FROM rule_log
WHERE (%(rule)s::text IS NULL OR rule = %(rule)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s;

-- name: shipped
SELECT rule, version, status FROM shipped_rules;

-- name: forget_shipped
DELETE FROM shipped_rules WHERE rule <> ALL (%(rules)s::text[]);

-- name: note_shipped
INSERT INTO shipped_rules (rule, version, status, pack, body)
VALUES (%(rule)s, %(version)s, %(status)s, %(pack)s, %(body)s)
ON CONFLICT (rule) DO UPDATE SET version = excluded.version, status = excluded.status,
    pack = excluded.pack, body = excluded.body;

-- name: overview
-- Every rule that is, was or could be in force, with what it found and the cases that have come
-- of it since then.
SELECT names.rule, a.version, a.pack, a.body, a.in_force_from, s.version AS trial,
       s.in_force_from AS trial_since, b.version AS shipped,
       (SELECT count(DISTINCT version) FROM rule_versions v WHERE v.rule = names.rule) AS versions,
       found.events, found.cases, found.trial_events,
       coalesce(a.body, s.body, b.body, (
           SELECT v.body FROM rule_versions v WHERE v.rule = names.rule
           ORDER BY v.in_force_from DESC LIMIT 1)) -> 'title' AS title
FROM (SELECT rule FROM rule_versions UNION SELECT rule FROM shipped_rules) AS names
LEFT JOIN rule_versions a ON a.rule = names.rule AND NOT a.shadow AND a.in_force_until IS NULL
LEFT JOIN rule_versions s ON s.rule = names.rule AND s.shadow AND s.in_force_until IS NULL
LEFT JOIN shipped_rules b ON b.rule = names.rule
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE NOT e.shadow) AS events,
           count(DISTINCT e.case_id) FILTER (WHERE NOT e.shadow) AS cases,
           count(*) FILTER (WHERE e.shadow AND e.version = s.version) AS trial_events
    FROM events e
    WHERE e.rule = names.rule AND e.exercise IS NULL AND e.began >= %(since)s
      AND e.standing IN ('standing', 'over')
) AS found
WHERE %(rule)s::text IS NULL OR names.rule = %(rule)s
ORDER BY names.rule;

-- name: compare
-- What the version on trial and those in force found since it was put on trial, side by side:
-- the same where they have a channel in common and overlap in time.
WITH trial AS (
    SELECT version, in_force_from AS since FROM rule_versions
    WHERE rule = %(rule)s AND shadow AND in_force_until IS NULL
), ours AS (
    SELECT e.*, coalesce(e.ended, 'infinity') AS until FROM events e, trial
    WHERE e.rule = %(rule)s AND NOT e.shadow AND e.exercise IS NULL
      AND e.standing IN ('standing', 'over')
      AND coalesce(e.ended, 'infinity') > trial.since
), theirs AS (
    SELECT e.*, coalesce(e.ended, 'infinity') AS until FROM events e, trial
    WHERE e.rule = %(rule)s AND e.shadow AND e.version = trial.version
      AND e.standing IN ('standing', 'over') AND e.began >= trial.since
)
SELECT a.scope, a.subject, a.id AS active_event, a.began AS active_began, a.ended AS active_ended,
       a.severity AS active_severity, seen_number(k, %(areas)s::text[], %(departments)s::text[]) AS case_number,
       nullif(a.case_key, '') AS case_key,
       s.id AS trial_event, s.began AS trial_began, s.ended AS trial_ended,
       s.severity AS trial_severity, s.why ->> 'would_open' AS would_open
FROM ours a
LEFT JOIN theirs s ON a.channels && s.channels AND a.began < s.until AND s.began < a.until
LEFT JOIN cases k ON k.id = a.case_id
UNION ALL
SELECT s.scope, s.subject, NULL, NULL, NULL, NULL, NULL, NULL,
       s.id, s.began, s.ended, s.severity, s.why ->> 'would_open'
FROM theirs s
WHERE NOT EXISTS (SELECT FROM ours a
                  WHERE a.channels && s.channels AND a.began < s.until AND s.began < a.until)
ORDER BY scope, subject, active_began, trial_began;

-- name: caseload
-- By rule: what it found in the last 7, 30 and 90 days, drills left out, and what people found
-- those cases to be that sensors alone had opened.
SELECT e.rule,
       count(*) FILTER (WHERE e.began >= %(at)s - interval '7 days') AS events_7,
       count(DISTINCT e.case_id) FILTER (WHERE e.began >= %(at)s - interval '7 days') AS cases_7,
       count(*) FILTER (WHERE e.began >= %(at)s - interval '30 days') AS events_30,
       count(DISTINCT e.case_id) FILTER (WHERE e.began >= %(at)s - interval '30 days') AS cases_30,
       count(*) AS events_90,
       count(DISTINCT e.case_id) AS cases_90,
       count(DISTINCT e.case_id) FILTER (WHERE c.source = 'sensor'
           AND c.outcome IN ('real', 'false', 'sensor-fault', 'planned-work')) AS inspected,
       count(DISTINCT e.case_id) FILTER (WHERE c.source = 'sensor' AND c.outcome = 'real') AS real
FROM events e LEFT JOIN cases c ON c.id = e.case_id
WHERE NOT e.shadow AND e.standing IN ('standing', 'over') AND e.exercise IS NULL
  AND e.began > %(at)s - interval '90 days' AND e.began <= %(at)s
  AND (%(rule)s::text IS NULL OR e.rule = %(rule)s)
GROUP BY e.rule;

-- name: days
-- By rule and day of the city, the cases of the last 30 days by their first event of that rule.
SELECT rule, day, count(*) FROM (
    SELECT e.rule, (min(e.began) AT TIME ZONE %(zone)s)::date AS day
    FROM events e JOIN cases c ON c.id = e.case_id
    WHERE NOT e.shadow AND e.standing IN ('standing', 'over') AND NOT c.exercise
      AND e.began > %(at)s - interval '30 days' AND e.began <= %(at)s
      AND (%(rule)s::text IS NULL OR e.rule = %(rule)s)
    GROUP BY e.rule, e.case_id
) AS begun GROUP BY rule, day;

-- name: tests
SELECT rule, text, at, actor FROM rule_tests WHERE rule = %(rule)s;

-- name: keep_tests
-- What people kept, the program does not replace.
INSERT INTO rule_tests (rule, text, at, actor) VALUES (%(rule)s, %(text)s, %(at)s, %(actor)s)
ON CONFLICT (rule) DO UPDATE SET text = excluded.text, at = excluded.at, actor = excluded.actor
WHERE rule_tests.text <> excluded.text
  AND (rule_tests.actor = %(program)s OR excluded.actor <> %(program)s);
