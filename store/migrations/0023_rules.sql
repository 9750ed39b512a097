-- Tests of rules: those of the program's packs, until somebody keeps others with a version.
CREATE TABLE rule_tests (
    rule text PRIMARY KEY,
    text text NOT NULL,                  -- a test file, as beside a pack
    at timestamptz NOT NULL,
    actor text NOT NULL
);

-- Backtests that people asked for, waiting until the one before is done.
CREATE TABLE backtests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rules text[] NOT NULL,               -- of the pack
    pack text NOT NULL,                  -- as text
    since timestamptz NOT NULL,
    until timestamptz NOT NULL CHECK (until > since),
    channels text[],                     -- null: all that the rules look at
    zone text,
    labels text NOT NULL CHECK (labels IN ('none', 'closed-cases')),
    actor text NOT NULL,
    asked timestamptz NOT NULL,
    began timestamptz,
    ended timestamptz,
    state text NOT NULL DEFAULT 'waiting' CHECK (
        state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    progress real NOT NULL DEFAULT 0,    -- share done
    readings bigint NOT NULL DEFAULT 0,  -- judged so far
    trouble text NOT NULL DEFAULT ''     -- why it failed, for people
);
CREATE INDEX backtests_ahead ON backtests (id) WHERE state IN ('waiting', 'running');

CREATE TABLE backtest_results (
    backtest bigint PRIMARY KEY REFERENCES backtests (id) ON DELETE CASCADE,
    report json NOT NULL,
    pictures json NOT NULL,
    events text NOT NULL,                -- CSV, as `lifeline backtest` writes them
    notes text NOT NULL,
    cases text NOT NULL
);
