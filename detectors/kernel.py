"""Inner loops compiled to machine code: one pass over the rows, whatever the batch is cut into."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from numba import njit

from detectors.kept_code import KeptCode

Loop = TypeVar("Loop", bound=Callable[..., object])
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def kernel(loop: Loop) -> Loop:
    """Compile a plain loop over arrays and numbers, at its first call and once a machine.

    What a row costs does not depend on how many channels share the batch, which with one
    numpy call a round it does by a factor of a hundred (decision 0005). Other threads go on
    meanwhile. Division by zero gives inf or NaN, as in numpy; sums keep their order, so that
    cutting a stream changes no bit.

    The machine code is kept in `NUMBA_CACHE_DIR`, else beside the source, else, where that
    may not be written to, in the user's cache folder; without any it is made at every start.
    It is that of this source, and of the kernels and constants it uses, see `KeptCode`.
    """
    compiled = njit(**OPTIONS)(loop)
    with suppress(RuntimeError):  # no folder to keep it in
        compiled._cache = KeptCode(loop, OPTIONS)
    return cast(Loop, compiled)
