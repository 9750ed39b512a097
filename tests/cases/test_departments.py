from pathlib import Path

import pytest

from cases.catalogue import BadCatalogue
from cases.departments import Departments, load_departments

WATER = {
    "code": "91110000802100433B",
    "name": {"zh": "水", "en": "City water"},
    "roles": ["water"],
}
WEST = {
    "code": "91330100799655058B",
    "name": {"zh": "西", "en": "West water"},
    "roles": ["water"],
    "areas": ["330106", "330108002"],
}
TWO = Departments.model_validate(
    {"version": "1", "source": "test", "fallback": WEST["code"], "departments": [WATER, WEST]}
)


@pytest.mark.parametrize(
    ("role", "area", "name"),
    [
        ("water", "330106001002003", "West water"),
        ("water", "330108002001001", "West water"),
        ("water", "330108003001001", "City water"),
        ("water", "", "City water"),
        ("gas", "330108003001001", "West water"),
    ],
    ids=["its county", "its street", "the next street", "place unknown", "nobody's: the fallback"],
)
def test_the_closest_department_with_the_role_answers(role: str, area: str, name: str) -> None:
    assert TWO.responsible(role, area).name.en == name


def test_the_departments_of_the_demo_load() -> None:
    assert load_departments().responsible("gas", "340199001001001").name.zh == "燃气公司"


def test_a_mistyped_code_is_named(tmp_path: Path) -> None:
    file = tmp_path / "departments.yml"
    file.write_text(
        'version: "1"\nsource: t\nfallback: "91110000802100433C"\ndepartments:\n'
        '  - {code: "91110000802100433C", name: {zh: 水, en: Water}, roles: [water]}\n',
        encoding="utf-8",
    )
    with pytest.raises(BadCatalogue, match=r"departments\.0\.code: .*check character 'C', not 'B'"):
        load_departments(file)
