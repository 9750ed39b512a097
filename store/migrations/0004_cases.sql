-- Lists of cases go newest first by id; these keep the usual ones quick among millions.
CREATE INDEX cases_open ON cases (id DESC) WHERE state NOT IN ('closed', 'void');
CREATE INDEX cases_by_department ON cases (department, id DESC);
CREATE INDEX cases_by_key ON cases (key, id DESC);
CREATE INDEX components_by_attributes ON components USING gin (attributes jsonb_path_ops);
