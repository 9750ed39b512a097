-- Cases that were here before the whole workflow: what their logs say is not in their rows yet,
-- and their clocks have no runs and no timers. Whoever starts next writes them (store/former.py);
-- then it is empty for good.
CREATE TABLE former_cases (
    case_id bigint PRIMARY KEY REFERENCES cases (id)
);
INSERT INTO former_cases
SELECT id FROM cases c WHERE NOT EXISTS (SELECT FROM case_runs r WHERE r.case_id = c.id);

-- Under which version of its list a case was filed, only its log said.
UPDATE cases SET catalogue = filed.catalogue
FROM (SELECT DISTINCT ON (case_id) case_id, details ->> 'catalogue' AS catalogue FROM case_log
      WHERE verb = 'file' AND details ? 'catalogue' ORDER BY case_id, version DESC) AS filed
WHERE cases.catalogue = '' AND cases.id = filed.case_id
  AND cases.id IN (SELECT case_id FROM former_cases);
