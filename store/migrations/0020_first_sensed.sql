-- When sensors first knew, once a statement: of a storm a thousand findings end at once, and each
-- of them would have asked for the first among the thousand.
DROP TRIGGER first_sensed_of_changed ON events;

CREATE OR REPLACE FUNCTION keep_first_sensed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.standing IN ('standing', 'over') THEN
        UPDATE cases SET first_sensed = NEW.found
        WHERE id = NEW.case_id AND (first_sensed IS NULL OR first_sensed > NEW.found);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_first_sensed_of_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The earliest that each case has got, and that it has lost: only then its others are read.
    WITH moved AS (
        SELECT b.case_id AS old_case, b.found AS old_found,
               b.standing IN ('standing', 'over') AS counted,
               a.case_id AS new_case, a.found AS new_found,
               a.standing IN ('standing', 'over') AS counts
        FROM before b JOIN after a USING (id)
        WHERE (b.case_id, b.found, b.standing) IS DISTINCT FROM (a.case_id, a.found, a.standing)
    ), changed AS (
        SELECT id, min(got) AS got, min(lost) AS lost FROM (
            SELECT new_case AS id, new_found AS got, NULL::timestamptz AS lost FROM moved WHERE counts
            UNION ALL
            SELECT old_case, NULL, old_found FROM moved
            WHERE counted
              AND NOT (counts AND new_case IS NOT DISTINCT FROM old_case AND new_found <= old_found)
        ) AS each WHERE id IS NOT NULL GROUP BY id
    )
    UPDATE cases c SET first_sensed = CASE
        WHEN changed.lost <= c.first_sensed THEN (
            SELECT min(e.found) FROM events e
            WHERE e.case_id = c.id AND e.standing IN ('standing', 'over'))
        ELSE least(c.first_sensed, changed.got) END
    FROM changed
    WHERE c.id = changed.id
      AND (changed.lost <= c.first_sensed OR changed.got < coalesce(c.first_sensed, 'infinity'));
    RETURN NULL;
END $$;
CREATE TRIGGER first_sensed_of_changed AFTER UPDATE ON events
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION keep_first_sensed_of_changed();
