"""Reading a request's body within a limit, unpacked where it is gzip."""

from __future__ import annotations

import zlib
from http import HTTPStatus

from fastapi import Request

from api.problem import Problem

_GZIP = 16 + zlib.MAX_WBITS


async def read_body(request: Request, largest: int) -> bytes:
    """Return the body, unpacked.

    Raises
    ------
    Problem
        413 when it is larger than `largest` bytes, before or after unpacking: what is
        too large is never held, so that a small gzip of zeros cannot fill the memory.
        415 for a coding we do not know, 400 for a broken one.
    """
    coding = request.headers.get("content-encoding", "identity").lower()
    if coding not in ("identity", "gzip"):
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Encoding {coding}: send gzip.")
    chunks: list[bytes] = []
    size = 0
    unpack = zlib.decompressobj(_GZIP) if coding == "gzip" else None
    async for chunk in request.stream():
        try:
            part = unpack.decompress(chunk, largest - size + 1) if unpack else chunk
        except zlib.error as why:
            raise Problem(HTTPStatus.BAD_REQUEST, f"The body is not gzip: {why}.") from why
        size += len(part)
        if size > largest:
            raise Problem(
                HTTPStatus(413),
                f"A body may have {largest} bytes, unpacked; send it in parts.",
                kind="body-too-large",
                title="The body is too large",
            )
        chunks.append(part)
    if unpack and not unpack.eof:
        raise Problem(HTTPStatus.BAD_REQUEST, "The gzip body ends too early.")
    return b"".join(chunks)
