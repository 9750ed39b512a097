"""A wheel holds what the program reads beside its code."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]
SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
#: Code, and what people alone read.
LEFT_OUT = ("*.py", "*.md")


def test_every_file_beside_the_code_is_packaged() -> None:
    patterns = [*SETUP["package-data"]["*"], *LEFT_OUT]
    folders = [name.rstrip("*") for name in SETUP["packages"]["find"]["include"]]
    files = [p for folder in folders for p in (ROOT / folder).rglob("*") if p.is_file()]
    files = [p for p in files if p.parent.name != "__pycache__"]
    assert len(files) > 300
    assert [
        str(p.relative_to(ROOT)) for p in files if not any(fnmatch(p.name, one) for one in patterns)
    ] == []


def test_every_dependency_is_locked() -> None:
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in asked["dependencies"]:
        name = line.split("[")[0].split(">")[0].split("=")[0].strip()
        assert f"\n{name}==" in "\n" + locked.lower(), name
