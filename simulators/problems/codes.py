"""Numbers of the code list that the truth names."""

from __future__ import annotations

from simulators.world import SECOND

LIST_2013 = "GB/T 30428.2-2013"
MINUTE = 60 * SECOND
