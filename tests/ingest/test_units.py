import subprocess
import sys
from contextlib import suppress
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.quantities import QUANTITIES
from ingest.units import (
    WrongUnit,
    conversion,
    parse_difference,
    parse_quantity,
    parse_rate,
)


@pytest.mark.parametrize(
    ("amount", "unit", "quantity", "si", "source"),
    [
        (0.31, "MPa", "pressure", 310_000, "SI prefix"),
        (3.1, "bar", "pressure", 310_000, "1 bar = 100 kPa"),
        (1, "psi", "pressure", 6894.757293168, "NIST SP 811, B.8"),
        (1, "kgf/cm2", "pressure", 98_066.5, "NIST SP 811, B.8"),
        (30, "m", "pressure", 294_199.5, "metres of water at 9.80665 m/s²: L-TOWN's unit"),
        (30, "mH2O", "pressure", 294_199.5, "the same, spelled out"),
        (200, "mm[H2O]", "gas_pressure", 1961.33, "UCUM, a gas network's unit"),
        (212, "°F", "temperature", 373.15, "water boils"),
        (100, "Cel", "temperature", 373.15, "SenML's name of it"),
        (-40, "F", "temperature", 233.15, "where both scales meet"),
        (36, "m³/h", "flow", 0.01, "a meter's unit"),
        (36, "m3/h", "flow", 0.01, "without the superscript"),
        (36, "m^3/h", "flow", 0.01, "typed"),
        (10, "L/s", "flow", 0.01, "SenML writes l/s"),
        (1, "gpm", "flow", 6.30902e-05, "NIST SP 811: US gallon per minute"),
        (1, "ft³/s", "flow", 0.028316846592, "USGS discharge"),
        (100, "%LEL", "methane", 0.05, "LEL of methane is 5 %VOL"),
        (20, "%LEL", "methane", 0.01, "1 %VOL = 20 %LEL"),
        (1, "%VOL", "methane", 0.01, "a fraction of the volume"),
        (10_000, "ppm", "methane", 0.01, "1 % = 10,000 ppm"),
        (15, "cm", "depth", 0.15, ""),
        (1, "in", "depth", 0.0254, "FloodNet's unit"),
        (1, "ft", "level", 0.3048, ""),
        (36, "mm/h", "rain_rate", 1e-5, ""),
        (1, "kWh", "energy", 3.6e6, ""),
        (1, "W*s", "energy", 1, "a SenML sum of watts"),
        (55, "dB(A)", "sound_level", 55, "levels are kept as levels"),
        (5.5, "Bspl", "sound_level", 55, "SenML: bel"),
        (180, "deg", "tilt", 3.141592653589793, ""),
        (1, "g", "acceleration", 9.80665, "not a gram"),
        (0.5, "mg/L", "chlorine", 5e-4, ""),
        (0.5, "ppm", "chlorine", 5e-4, "of water by mass"),
        (55, "%RH", "humidity", 0.55, "SenML"),
        (0.55, "/", "humidity", 0.55, "SenML: a ratio"),
        (-120, "dBW", "signal", -90, "SenML"),
        (7.2, "pH", "acidity", 7.2, ""),
        (0.4, "FNU", "turbidity", 0.4, ""),
    ],
)
def test_a_unit_converts_to_the_si_unit_of_the_quantity(amount, unit, quantity, si, source):
    factor, offset = conversion(unit, quantity)
    assert amount * factor + offset == pytest.approx(si, rel=1e-6), source


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=lambda quantity: quantity.name)
def test_every_quantity_knows_its_own_unit_and_the_one_people_see(quantity):
    assert conversion(quantity.unit, quantity.name) == (1.0, 0.0)
    factor, _ = conversion(quantity.shown, quantity.name)
    assert factor > 0


@pytest.mark.parametrize(
    ("unit", "quantity"),
    [
        ("kg", "pressure"),
        ("mm", "pressure"),
        ("V", "battery"),
        ("deg", "humidity"),
        ("%", "tilt"),
        ("C", "level"),
        ("mg/m3", "methane"),
        ("", "pressure"),
        ("furlongs per fortnight", "wind_speed"),
        ("9**9**9**9**9", "pressure"),
        ("x" * 100_000, "pressure"),
        ("__import__('os')", "pressure"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused_by_name(unit, quantity):
    with pytest.raises(WrongUnit, match=quantity):
        conversion(unit, quantity)


def test_a_quantity_nobody_knows_is_refused():
    with pytest.raises(WrongUnit, match="no quantity"):
        conversion("m", "presure")


@given(st.text(max_size=30), st.sampled_from(sorted(QUANTITIES)))
def test_no_text_as_unit_makes_it_fail_otherwise(unit, quantity):
    with suppress(WrongUnit):
        factor, offset = conversion(unit, quantity)
        assert factor > 0
        assert isfinite(offset)


@pytest.mark.parametrize(
    ("text", "quantity", "si"),
    [
        ("15 cm", "depth", 0.15),
        ("35 cm", "depth", 0.35),  # in floats 35 * 0.01 is 0.35000000000000003
        ("+10 cm", "depth", 0.10),
        ("-0.03 MPa", "pressure", -30_000),
        ("1%VOL", "methane", 0.01),
        ("28 °C", "temperature", 301.15),
        ("1e-3 m", "level", 0.001),
        ("0.5", "status", 0.5),
        ("20 %", "battery", 0.2),
    ],
)
def test_a_limit_is_written_with_its_unit(text, quantity, si):
    assert parse_quantity(text, quantity) == si


def test_a_difference_of_temperatures_has_no_zero_point():
    assert parse_difference("15 °C", "temperature") == 15
    assert parse_difference("18 °F", "temperature") == pytest.approx(10)


@pytest.mark.parametrize(
    ("text", "quantity", "per_second"),
    [
        ("10 cm / 10 min", "depth", 0.1 / 600),
        ("36 mm/h", "depth", 1e-5),
        ("-0.03 MPa / 5 min", "pressure", -100),
        ("2 °C/min", "temperature", 2 / 60),
        ("18 m³/h / 30 min", "flow", 0.005 / 1800),
    ],
)
def test_a_rate_is_an_amount_over_a_time(text, quantity, per_second):
    assert parse_rate(text, quantity) == pytest.approx(per_second)


@pytest.mark.parametrize("text", ["10 cm", "10 cm / 0 min", "10 cm / 3 m", "cm / min", "10 kg/h"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(WrongUnit):
        parse_rate(text, "depth")


@pytest.mark.parametrize("text", ["", "cm", "15", "15 kg", "fifteen cm", "1 5 cm", "nan cm"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(WrongUnit):
        parse_quantity(text, "depth")


def test_importing_does_not_load_pint():
    code = "import ingest.units, sys; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
