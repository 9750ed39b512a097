"""Values beyond all reason, which a broken device sends as readily as any other."""

from __future__ import annotations

from detectors.kernel import kernel

MOST = 1e30  #: in any unit more than there is; its square, and it as a single, do not overflow


@kernel
def within_reason(value: float) -> float:
    """Return `value` held within ±1e30: garbage scores high, and what is learnt stays finite."""
    return min(max(value, -MOST), MOST)
