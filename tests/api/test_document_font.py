from pathlib import Path

import pytest

from api.document_font import ASKED_FOR, FILES, chinese_font


def test_a_machine_without_a_chinese_font_leaves_it_to_the_reader(tmp_path: Path) -> None:
    assert chinese_font([tmp_path]) == ASKED_FOR


def test_what_is_no_font_though_it_is_called_so_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / FILES[0]).write_bytes(b"nothing of the kind")
    assert chinese_font([tmp_path]) == ASKED_FOR


def test_the_ranking_carries_its_chinese_font_where_the_machine_has_one() -> None:
    if (name := chinese_font()) == ASKED_FOR:
        pytest.skip(f"none of {', '.join(FILES)} is installed")
    assert name in FILES
