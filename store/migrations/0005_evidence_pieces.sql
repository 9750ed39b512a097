-- An event goes on gathering channels while its case is open; each further piece of evidence
-- is frozen beside the first.
ALTER TABLE evidence ADD COLUMN piece integer NOT NULL DEFAULT 1;
ALTER TABLE evidence DROP CONSTRAINT evidence_pkey;
ALTER TABLE evidence ADD PRIMARY KEY (case_id, event_id, piece);
