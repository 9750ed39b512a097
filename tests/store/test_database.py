from pathlib import Path

import pytest

from store import database as module
from store.database import Connection, MigrationError, connect, migrate


def test_migrating_twice_changes_nothing(database: Connection):
    assert migrate(database) == []


def test_a_migration_edited_after_it_was_applied_is_refused_by_name(database: Connection):
    database.execute("UPDATE migrations SET checksum = 'other' WHERE version = '0001_schema'")
    database.commit()
    with pytest.raises(MigrationError, match="0001_schema was edited"):
        migrate(database)


def test_a_database_newer_than_the_program_is_refused(database: Connection):
    database.execute("INSERT INTO migrations (version, checksum) VALUES ('9999_later', '')")
    database.commit()
    with pytest.raises(MigrationError, match="9999_later"):
        migrate(database)


def test_a_migration_that_fails_leaves_nothing_of_itself(
    database: Connection, monkeypatch: pytest.MonkeyPatch
):
    known = module._migrations() | {"9998_half": "CREATE TABLE half (); SELECT 1/0"}
    monkeypatch.setattr(module, "_migrations", lambda: known)
    with pytest.raises(Exception, match="division by zero"):
        migrate(database)
    assert database.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_a_session_speaks_utc(database_url: str):
    with connect(database_url) as connection:
        assert connection.execute("SHOW TimeZone").fetchone() == ("UTC",)


def test_every_migration_has_its_own_number():
    names = [p.name for p in Path(module.__file__).with_name("migrations").glob("*.sql")]
    versions = {(n[:4], n.partition(".")[2]) for n in names}
    assert len(versions) == len(names)
