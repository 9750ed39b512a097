-- The role of Grafana: it reads the schema `dashboards` and nothing else, and not for long.
-- Run it once as the owner of the database, with a password of your own:
--     psql "$LIFELINE_DATABASE" -v password="'...'" -f deploy/grafana/role.sql
CREATE ROLE lifeline_dashboards LOGIN PASSWORD :password CONNECTION LIMIT 10;
ALTER ROLE lifeline_dashboards SET statement_timeout = '15s';
ALTER ROLE lifeline_dashboards SET default_transaction_read_only = on;
ALTER ROLE lifeline_dashboards SET search_path = dashboards;
GRANT USAGE ON SCHEMA dashboards TO lifeline_dashboards;
GRANT SELECT ON ALL TABLES IN SCHEMA dashboards TO lifeline_dashboards;
ALTER DEFAULT PRIVILEGES IN SCHEMA dashboards GRANT SELECT ON TABLES TO lifeline_dashboards;
