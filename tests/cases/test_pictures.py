"""Pictures: known by their content, drawn anew, facts kept, and nothing that is none let in."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_picture import OWNER, PNG, drawn, photographed
from PIL import Image

from cases import pictures
from cases.pictures import BadPicture, read_picture

ZONE = ZoneInfo("Asia/Shanghai")
FORMS = [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]


@pytest.mark.parametrize(("form", "media_type"), FORMS)
def test_time_and_place_are_kept_as_facts_and_not_served(form: str, media_type: str) -> None:
    sent = photographed(form)
    assert OWNER.encode() in sent
    picture = read_picture(sent, ZONE)
    assert (picture.media_type, picture.width, picture.height) == (media_type, 48, 32)
    assert picture.id == sha256(sent).hexdigest()
    assert picture.taken == datetime(2026, 7, 1, 6, 3, 20, tzinfo=UTC)
    assert (picture.lon, picture.lat) == (pytest.approx(120.1), pytest.approx(30.275))
    for served in (picture.body, picture.thumbnail):
        assert OWNER.encode() not in served
        with Image.open(BytesIO(served)) as opened:
            assert not opened.getexif()
            assert not {"exif", "comment", "xmp", "Raw profile type exif"} & set(opened.info)


@pytest.mark.parametrize(("form", "media_type"), FORMS)
def test_what_is_served_shows_the_same(form: str, media_type: str) -> None:
    with Image.open(BytesIO(read_picture(photographed(form), ZONE).body)) as opened:
        red, blue = (opened.convert("RGB").getpixel((x, 16)) for x in (8, 40))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > 200 > 60 > red[2]
    assert blue[2] > 200 > 60 > blue[0]


def test_a_camera_held_upright_is_shown_upright() -> None:
    picture = read_picture(photographed(orientation=6), ZONE)
    assert (picture.width, picture.height) == (32, 48)
    with Image.open(BytesIO(picture.body)) as opened:
        top = opened.convert("RGB").getpixel((16, 8))
    assert isinstance(top, tuple)
    assert top[0] > 200


def test_a_camera_that_names_its_zone_is_believed() -> None:
    picture = read_picture(photographed(OffsetTimeOriginal="+00:00"), ZONE)
    assert picture.taken == datetime(2026, 7, 1, 14, 3, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("details", "taken", "place"),
    [
        ({"DateTimeOriginal": "0000:00:00 00:00:00"}, False, True),
        ({"DateTimeOriginal": "yesterday"}, False, True),
        ({"GPSLatitude": (95.0, 0.0, 0.0)}, True, False),
        ({"GPSLongitude": (0.0, 0.0)}, True, False),
        ({"GPSLatitudeRef": "S"}, True, True),
    ],
)
def test_what_a_camera_writes_may_be_nonsense(
    details: dict[str, object], taken: bool, place: bool
) -> None:
    picture = read_picture(photographed(**details), ZONE)
    assert (picture.taken is not None, picture.lat is not None) == (taken, place)
    if details.get("GPSLatitudeRef") == "S":
        assert picture.lat == pytest.approx(-30.275)


def test_a_thumbnail_is_small() -> None:
    out = BytesIO()
    drawn(2000, 1000).save(out, "PNG")
    with Image.open(BytesIO(read_picture(out.getvalue(), ZONE).thumbnail)) as small:
        assert (small.format, small.size) == ("JPEG", (320, 160))


@pytest.mark.parametrize(
    ("why", "sent", "said"),
    [
        ("a page", b"<html><script>alert(1)</script>", "neither a JPEG nor a PNG nor a WebP"),
        ("a drawing that runs", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither"),
        ("nothing", b"", "neither"),
        ("half a picture", photographed()[:-400], "broken"),
        ("a PNG that lies of its length", PNG[:11] + b"\0" + PNG[12:], "broken"),
        ("a GIF", b"GIF89a" + bytes(40), "neither"),
        ("what a telephone keeps", b"\0\0\0\x18ftypheic" + bytes(40), "HEIC is not kept"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(why: str, sent: bytes, said: str) -> None:
    with pytest.raises(BadPicture, match=said):
        read_picture(sent, ZONE)


def test_a_page_behind_a_picture_is_not_served() -> None:
    picture = read_picture(photographed() + b"<script>alert(1)</script>", ZONE)
    assert b"script" not in picture.body


def test_a_picture_too_large_to_decode_is_refused_before_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1_000)
    with pytest.raises(BadPicture, match="48 x 32 pixels are more than 1000"):
        read_picture(photographed(), ZONE)


@settings(max_examples=300)
@given(st.data())
def test_any_broken_bytes_are_a_picture_or_are_refused(data: st.DataObject) -> None:
    whole = photographed(data.draw(st.sampled_from(["JPEG", "PNG", "WEBP"])))
    sent = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 5))):
        if sent:
            sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = read_picture(bytes(sent), ZONE)
    except BadPicture:
        return
    assert picture.body
