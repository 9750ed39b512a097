"""Machine code of kernels on disk: what was compiled from other source is never run."""

from __future__ import annotations

import pickle
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any
from uuid import uuid4

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps


class KeptCode(FunctionCache):
    """Keeps a kernel's machine code under a name that tells what it was made of.

    numba looks at the date of a kernel's own file, but machine code holds that of the kernels
    it calls, and the constants it reads, of other files too. It also lists signatures in an
    index, in which processes that start at once may write over each other. Here a file holds
    one signature, and its name a digest of the byte code and constants of all that went into
    it; files are checked when read, and those of former code go when new ones are written.
    Which folder, and none, is as numba has it.
    """

    def __init__(self, loop: Any, options: dict[str, Any]) -> None:
        super().__init__(loop)  # type: ignore[no-untyped-call]
        self._cache_file: Any = _Files(Path(self.cache_path), loop, options)

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):  # a full disk is no reason not to judge
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


class _Files:
    def __init__(self, folder: Path, loop: Any, options: dict[str, Any]) -> None:
        self.folder, self.loop, self.options = folder, loop, options
        name = f"{loop.__module__}.{loop.__qualname__}"
        self.base = name.replace("<", "").replace(">", "")

    @cached_property
    def made_of(self) -> str:
        """Return the digest; asked for at the first call, when all modules are there."""
        versions = (numba.__version__, np.__version__, self.options)
        return _digest((versions, _told(self.loop, set())))

    def path(self, key: Any) -> Path:
        return self.folder / f"{self.base}.{self.made_of}.{_digest(key)}.kept"

    def load(self, key: Any) -> Any:
        """Return what was kept under `key`, None where nothing sound was."""
        try:
            written = self.path(key).read_bytes()
        except OSError:
            return None
        check, content = written[:32], written[32:]
        if sha256(content).digest() != check:
            return None  # cut short, by a full disk or a lost power supply
        of, data = pickle.loads(content)
        return data if of == key else None

    def save(self, key: Any, data: Any) -> None:
        content: bytes = dumps((key, data))  # type: ignore[no-untyped-call]
        path = self.path(key)
        beside = path.with_suffix(f".{uuid4().hex[:8]}")
        beside.write_bytes(sha256(content).digest() + content)
        beside.replace(path)
        for old in self.folder.glob(f"{self.base}.*.kept"):
            if not old.name.startswith(f"{self.base}.{self.made_of}."):
                old.unlink(missing_ok=True)


def _digest(value: Any) -> str:
    return sha256(repr(value).encode()).hexdigest()[:20]


def _told(value: Any, seen: set[int]) -> Any:
    """Return what tells `value` from any other, as far as machine code may depend on it.

    Kernels and constants of other files must be imported by name: what a kernel reaches through
    a module is taken for the library's.
    """
    if isinstance(value, Dispatcher):
        value = value.py_func
    if isinstance(value, FunctionType):
        if id(value) in seen:
            return value.__qualname__
        seen.add(id(value))
        reads = {name: value.__globals__.get(name) for name in sorted(_names(value.__code__))}
        cells = tuple(cell.cell_contents for cell in value.__closure__ or ())
        return _told((value.__code__, tuple(reads.items()), cells, value.__defaults__), seen)
    if isinstance(value, CodeType):
        consts = _told(value.co_consts, seen)
        return (value.co_code, consts, value.co_names, value.co_varnames, value.co_freevars)
    if isinstance(value, (tuple, list)):
        return tuple(_told(one, seen) for one in value)
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    if isinstance(value, (np.ndarray, np.generic)):
        return (value.dtype.descr, value.shape, value.tobytes())
    return value.__name__ if isinstance(value, ModuleType) else repr(value)


def _names(code: CodeType) -> set[str]:
    within = [_names(const) for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(*within)
