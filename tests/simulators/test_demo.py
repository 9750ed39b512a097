"""The demo as a newcomer runs it: broker, database, devices, cases, all real."""

import fcntl

import pytest

from deploy.demo.run import run
from deploy.settings import read_settings


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.parametrize("seed", [2, 11])
def test_every_problem_becomes_one_case_and_nothing_is_lost(tmp_path, seed):
    settings = read_settings(None, data_folder=tmp_path, http_port=0)
    assert run(settings, once=True, seed=seed) == 0


def test_two_demos_do_not_share_a_folder(tmp_path, capsys):
    (tmp_path / "demo").mkdir()
    with (tmp_path / "demo" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run(read_settings(None, data_folder=tmp_path), once=True) == 1
    assert "another demo is running" in capsys.readouterr().out
