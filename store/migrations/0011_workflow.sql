-- The whole workflow. What stands here beside a case is what its log says: `cases.case.replay`
-- gives the same, and the row is there so that lists and sums need not read logs.
DROP INDEX one_open_case_per_cause, cases_open;
CREATE UNIQUE INDEX one_open_case_per_cause ON cases (key) WHERE state NOT IN ('closed', 'rejected', 'void');
CREATE INDEX cases_open ON cases (id DESC) WHERE state NOT IN ('closed', 'rejected', 'void');

ALTER TABLE cases
    ALTER COLUMN due DROP NOT NULL,      -- of handling; NULL while its clock stands or has not begun
    ADD COLUMN source text NOT NULL DEFAULT 'sensor',    -- of the first report
    ADD COLUMN exercise boolean NOT NULL DEFAULT false,  -- a drill's: in no statistic
    ADD COLUMN level smallint NOT NULL DEFAULT 1,        -- 1 community grid, 2 street, 3 district, 4 city
    ADD COLUMN district text GENERATED ALWAYS AS (left(coalesce(grid_cell, component), 6)) STORED,
    ADD COLUMN street text GENERATED ALWAYS AS (left(grid_cell, 9)) STORED,
    ADD COLUMN community text GENERATED ALWAYS AS (left(grid_cell, 12)) STORED,
    ADD COLUMN catalogue text NOT NULL DEFAULT '',       -- version of the code list at filing
    ADD COLUMN description text NOT NULL DEFAULT '',     -- of the first report, without personal data
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN handed_to text NOT NULL DEFAULT '',       -- 110, or the name of another instance
    ADD COLUMN merged_into bigint REFERENCES cases (id),
    -- The clock that runs now.
    ADD COLUMN stage text,
    ADD COLUMN stage_due timestamptz,
    ADD COLUMN stage_yellow timestamptz,
    -- How it went, for evaluation: first times, last times, counts.
    ADD COLUMN filed timestamptz,
    ADD COLUMN dispatched timestamptz,
    ADD COLUMN verified timestamptz,
    ADD COLUMN fed_back timestamptz,
    ADD COLUMN inspected timestamptz,
    ADD COLUMN passed boolean,                           -- the last inspection
    ADD COLUMN confirmed timestamptz,                    -- the sensor's closing condition holds since
    ADD COLUMN handled_in_time boolean,                  -- NULL: not handled
    ADD COLUMN returns smallint NOT NULL DEFAULT 0,
    ADD COLUMN redirects smallint NOT NULL DEFAULT 0,
    ADD COLUMN reworks smallint NOT NULL DEFAULT 0,
    ADD COLUMN extensions smallint NOT NULL DEFAULT 0,
    ADD COLUMN urges smallint NOT NULL DEFAULT 0,
    ADD COLUMN supervised boolean NOT NULL DEFAULT false,
    ADD COLUMN suspended_until timestamptz,
    ADD COLUMN exempt boolean NOT NULL DEFAULT false,
    ADD COLUMN satisfaction text,
    ADD COLUMN first_public timestamptz,                 -- first report of the public
    ADD COLUMN first_sensed timestamptz;                 -- first finding of a sensor, when we knew

-- Each run of a stage's clock; a function of the log too.
CREATE TABLE case_runs (
    case_id bigint NOT NULL REFERENCES cases (id),
    number smallint NOT NULL,
    stage text NOT NULL,
    owner text NOT NULL DEFAULT '',      -- the department whose time it is
    limit_amount double precision NOT NULL,
    limit_class text NOT NULL,
    began timestamptz NOT NULL,
    since timestamptz,                   -- runs since; NULL: it stands or has ended
    used interval NOT NULL,              -- before `since`, in the time of the limit's class
    due timestamptz,
    yellow timestamptz,
    ended timestamptz,
    actor text NOT NULL DEFAULT '',      -- who ended it, in which role
    role text NOT NULL DEFAULT '',
    in_time boolean,                     -- NULL: not ended, or taken away undone
    PRIMARY KEY (case_id, number)
);

-- What is to happen when time has passed. A timer that has fired stays, and so fires once.
CREATE TABLE case_timers (
    case_id bigint NOT NULL REFERENCES cases (id),
    run smallint NOT NULL,               -- of the clock; 0: of the case itself
    kind text NOT NULL,                  -- yellow, overdue-1 to overdue-3, resume, look
    at timestamptz,                      -- NULL: called off
    fired timestamptz,
    PRIMARY KEY (case_id, run, kind)
);
CREATE INDEX case_timers_due ON case_timers (at) WHERE fired IS NULL AND at IS NOT NULL;

UPDATE cases SET first_sensed = found,
    filed = (SELECT min(at) FROM case_log l WHERE l.case_id = cases.id AND l.verb = 'file'),
    dispatched = (SELECT min(at) FROM case_log l WHERE l.case_id = cases.id AND l.verb = 'dispatch'),
    fed_back = (SELECT max(at) FROM case_log l WHERE l.case_id = cases.id AND l.verb = 'feed-back');
