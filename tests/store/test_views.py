"""What only reads leaves no transaction behind, and a connection of the pool as it was."""

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from store.channels import channels
from store.rule_versions import present, standing_names
from store.told import told_of_case
from store.views import at_once, looks, view

pytestmark = pytest.mark.server
IDLE = TransactionStatus.IDLE


@pytest.fixture
def pool(database_url):
    with ConnectionPool(database_url, min_size=1, max_size=1) as pool:
        yield pool


def test_a_connection_that_looked_is_given_back_as_it_was(pool):
    with at_once(pool) as connection:
        connection.execute("SELECT 1")
        assert connection.info.transaction_status is IDLE, "each statement is one by itself"
    with pool.connection() as connection:
        assert not connection.autocommit, "or the next one's changes would stand one by one"


def test_it_is_also_given_back_so_by_a_look_that_fails(pool):
    with pytest.raises(psycopg.errors.UndefinedTable), at_once(pool) as connection:
        connection.execute("SELECT FROM nothing")
    with pool.connection() as connection:
        assert not connection.autocommit


@pytest.mark.parametrize(
    "look", [channels, present, standing_names, lambda each: told_of_case(each, 7)]
)
def test_a_look_ends_its_transaction_on_a_session_that_has_them(database, look):
    look(database)
    assert database.info.transaction_status is IDLE, "or it keeps what the server cannot clean up"


def test_several_looks_in_one_trip_find_what_each_finds_alone(pool):
    of = {"case_id": 7}
    asked = [("case_runs", of), ("case_log_lines", of), ("case_evidence", of)]
    with at_once(pool) as connection:
        together = looks(connection, *asked)
    assert together == [view(pool, name, **values) for name, values in asked]
