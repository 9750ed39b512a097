"""What the simulators write is what was measured, to the last digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import decode
from ingest.message import Message
from simulators.wire import line

VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**53), 2**53),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), min_size=1, max_size=30),
)


@given(st.dictionaries(st.sampled_from(["a", "flow rate", "x=y", "p,q"]), VALUES, min_size=1))
def test_a_line_says_every_value_exactly(fields):
    text = line("water meter", "P 17,a=b", fields, 1_788_494_400_123_456)
    columns = decode([Message("test", "t", text.encode(), 0, "line-protocol:ns")])
    assert not columns.rejects
    assert dict(zip([name for _, name in columns.address], columns.value, strict=True)) == fields
    assert set(columns.time) == {1_788_494_400_123_456}
    assert {device for device, _ in columns.address} == {"P 17,a=b"}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1013.25, "1013.25"),  # six digits: the package writes it
        (1013.2512345, "1013.2512345"),  # it would write 1013.25
        (1234567.8, "1234567.8"),  # it would write 1.23457e+06
    ],
)
def test_the_package_writes_only_what_it_can_write_exactly(value, written):
    assert f"v={written} " in line("m", "d", {"v": value}, 1)
