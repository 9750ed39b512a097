"""A picture of a problem: known by its content, drawn anew without what the camera wrote into it.

What is served is decoded and encoded again, so that neither the owner of the camera, nor a place,
nor anything that is no picture comes out; time and place are kept as facts.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD, Base

#: Media type by what Pillow calls the content; an MPO is a JPEG with more behind it.
MEDIA_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MOST_PIXELS = 64_000_000  #: decoded, four bytes each
THUMBNAIL = (320, 320)
HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif")


class BadPicture(ValueError):
    """No picture that can be kept. ``args[0]`` says why, for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Picture:
    id: str  #: sha256 of what was sent
    media_type: str
    body: bytes
    thumbnail: bytes  #: JPEG
    width: int
    height: int
    taken: datetime | None  #: as the camera says, like the next two
    lon: float | None
    lat: float | None


def read_picture(sent: bytes, zone: ZoneInfo) -> Picture:
    """Return the picture; raises BadPicture. `zone` is that of cameras which name none."""
    if sent[4:8] == b"ftyp" and sent[8:12] in HEIF:
        raise BadPicture("HEIC is not kept: have the camera or the browser send JPEG")
    try:
        with Image.open(BytesIO(sent), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise BadPicture(
                    f"{opened.width} x {opened.height} pixels are more than {MOST_PIXELS}"
                )
            media_type = MEDIA_TYPES[opened.format or ""]
            opened.load()
            exif = opened.getexif()
            taken, (lon, lat) = _taken(exif, zone), _place(exif.get_ifd(IFD.GPSInfo))
            upright = ImageOps.exif_transpose(opened)
    except UnidentifiedImageError as why:
        raise BadPicture("this is neither a JPEG nor a PNG nor a WebP picture") from why
    except BadPicture:
        raise
    except (
        OSError, EOFError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError,
    ) as why:  # fmt: skip
        raise BadPicture(f"the picture is broken: {why}") from why
    return Picture(
        sha256(sent).hexdigest(),
        media_type,
        _encoded(upright, media_type),
        _thumbnail(upright),
        upright.width,
        upright.height,
        taken,
        lon,
        lat,
    )


def _encoded(image: Image.Image, media_type: str) -> bytes:
    kept = ("icc_profile", "transparency")
    clean = image.copy()
    clean.info = {name: image.info[name] for name in kept if name in image.info}
    out = BytesIO()
    if media_type == "image/png":
        clean.save(out, "PNG", exif=b"")
    elif media_type == "image/webp":
        clean.save(out, "WEBP", quality=90, exif=b"")
    else:
        clean.convert("L" if clean.mode == "L" else "RGB").save(out, "JPEG", quality=92, exif=b"")
    return out.getvalue()


def _thumbnail(image: Image.Image) -> bytes:
    small = image.copy()
    small.thumbnail(THUMBNAIL)
    small = small.convert("RGB")
    small.info = {}
    out = BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def _taken(exif: Image.Exif, zone: ZoneInfo) -> datetime | None:
    details = exif.get_ifd(IFD.Exif)
    at, offset = details.get(Base.DateTimeOriginal), details.get(Base.OffsetTimeOriginal)
    try:
        if offset:
            return datetime.strptime(f"{at}{offset}".strip("\0 "), "%Y:%m:%d %H:%M:%S%z")
        return datetime.strptime(str(at).strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None


def _place(gps: Mapping[int, Any]) -> tuple[float | None, float | None]:
    lat = _degrees(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef), "S", 90)
    lon = _degrees(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef), "W", 180)
    return (lon, lat) if lon is not None and lat is not None else (None, None)


def _degrees(parts: Any, side: Any, negative: str, most: float) -> float | None:
    try:
        degree, minute, second = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degree + minute / 60 + second / 3600
    if not isfinite(value) or abs(value) > most:
        return None
    return -value if side == negative else value
