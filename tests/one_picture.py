"""Pictures to send, made here: small, with what a camera writes into them."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

OWNER = "owner 13900139000"


def drawn(width: int = 48, height: int = 32) -> Image.Image:
    """A picture whose left half is red and whose right half is blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 255
    pixels[:, width // 2 :, 2] = 255
    return Image.fromarray(pixels)


def photographed(form: str = "JPEG", orientation: int = 1, **details: Any) -> bytes:
    """The picture as a camera of somebody's saves it: when, where, by whom."""
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    exif[Base.Artist] = OWNER
    taken = exif.get_ifd(IFD.Exif)
    taken[Base.DateTimeOriginal] = "2026:07:01 14:03:20"
    taken[Base.BodySerialNumber] = OWNER
    gps = exif.get_ifd(IFD.GPSInfo)
    gps[GPS.GPSLatitudeRef], gps[GPS.GPSLatitude] = "N", (30.0, 16.0, 30.0)
    gps[GPS.GPSLongitudeRef], gps[GPS.GPSLongitude] = "E", (120.0, 6.0, 0.0)
    for name, value in details.items():
        (taken if name in Base.__members__ else gps)[
            Base[name] if name in Base.__members__ else GPS[name]
        ] = value
    out = BytesIO()
    more: dict[str, Any] = {"comment": OWNER} if form == "JPEG" else {}
    drawn().save(out, form, exif=exif, **more)
    return out.getvalue()


PNG = photographed("PNG")
PHOTO = sha256(PNG).hexdigest()
