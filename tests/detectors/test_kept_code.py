"""Machine code on disk is only ever run for the source it was made of."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CALLEE = """
from detectors.kernel import kernel
STEP = {step}
@kernel
def add(number):
    return number + {more}
"""
CALLER = """
import sys
from detectors.kernel import kernel
from few.callee import STEP, add
@kernel
def run(number):
    return add(number) * STEP
if __name__ == "__main__":
    print(run(float(sys.argv[1])))
"""
START = """
import sys
from few.caller import run
answer = run(float(sys.argv[1]))
print(answer, sum(run._cache_hits.values()), sum(run._cache_misses.values()))
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def package(tmp_path):
    (tmp_path / "few").mkdir()
    write(tmp_path, more=1, step=10)
    return tmp_path


def write(package, more, step):
    """Write the package anew, all with the date of before: an upgrade may well do that."""
    files = {"__init__": "", "callee": CALLEE.format(more=more, step=step), "caller": CALLER}
    for name, text in files.items():
        file = package / "few" / f"{name}.py"
        file.write_text(text)
        os.utime(file, (1e9, 1e9 + more * 100 + step))


def start(package, number=5, **environment):
    path = f"{package}{os.pathsep}{ROOT}"
    settings = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "HOME": str(package / "home")}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", START, str(number)],
        env={**settings, **environment}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def answers(*processes):
    told = [process.communicate(timeout=120)[0].split() for process in processes]
    assert all(process.returncode == 0 for process in processes)
    return [(float(answer), int(hits), int(misses)) for answer, hits, misses in told]


def kept(package):
    return sorted(package.rglob("*.kept"))


def test_a_kernel_is_compiled_once_a_machine(package):
    assert answers(start(package)) == [(60.0, 0, 1)]
    assert answers(start(package)) == [(60.0, 1, 0)]


def test_a_kernel_in_another_file_that_has_changed_is_compiled_into_its_callers(package):
    assert answers(start(package)) == [(60.0, 0, 1)]
    write(package, more=2, step=10)
    assert answers(start(package)) == [(70.0, 0, 1)]


def test_a_constant_of_another_file_that_has_changed_is_too(package):
    assert answers(start(package)) == [(60.0, 0, 1)]
    write(package, more=1, step=100)
    assert answers(start(package)) == [(600.0, 0, 1)]


def test_code_of_former_source_goes(package):
    answers(start(package))
    before = kept(package)
    write(package, more=2, step=10)
    answers(start(package))
    assert len(kept(package)) == len(before) == 2
    assert not set(before) & set(kept(package))


def test_what_was_cut_short_is_compiled_again(package):
    answers(start(package))
    for file in kept(package):
        file.write_bytes(file.read_bytes()[:1000])
    assert answers(start(package)) == [(60.0, 0, 1)]
    assert answers(start(package)) == [(60.0, 1, 0)]


def test_processes_that_start_at_once_are_all_right_and_later_ones_compile_nothing(package):
    at_once = answers(*(start(package, number) for number in range(4)))
    assert [answer for answer, _, _ in at_once] == [10.0, 20.0, 30.0, 40.0]
    assert answers(start(package)) == [(60.0, 1, 0)]
