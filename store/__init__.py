"""PostgreSQL, with or without TimescaleDB: schema, SQL and the ports of the folders above."""
