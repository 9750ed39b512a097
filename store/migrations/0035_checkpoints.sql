-- A checkpoint lies in parts. The memory of a large city is hundreds of megabytes: sent as one value
-- it held up everything else in the process for as long as it was sent, and more than 1 GB is no
-- value at all.

CREATE TABLE checkpoint_parts (
    engine text NOT NULL,
    number integer NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (engine, number)
);
ALTER TABLE checkpoint_parts ALTER COLUMN body SET STORAGE EXTERNAL;

INSERT INTO checkpoint_parts SELECT engine, 0, body FROM checkpoints;
ALTER TABLE checkpoints DROP COLUMN body;
