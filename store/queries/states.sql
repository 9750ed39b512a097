-- name: add
INSERT INTO states (text) SELECT unnest(%(texts)s::text[]) ON CONFLICT (text) DO NOTHING;

-- name: numbers
SELECT text, number FROM states WHERE text = ANY(%(texts)s::text[]);

-- name: all
SELECT text, number FROM states;
