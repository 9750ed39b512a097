"""Split a SenML name into our device and field.

RFC 8428 gives each record one name, bn + n. The split depends on the whole name only, so a
sender may move text between bn and n: after a URN's own identifier
(`urn:dev:ow:10e2073a0108006:voltage`), else at the last "/" or ":". A name without either
is split between bn and n, or is a field of the topic's device. A name that is a device's
alone has the field `value`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.json_document import LONGEST_NAME
from ingest.unusable import Unusable

_URN = re.compile(r"(urn:(?:dev:[^:/]+|[^:/]+):[^:/_]+)(?:[:/_]+(.*))?", re.DOTALL)


@lru_cache(maxsize=65_536)
def split_name(base_name: str, own_name: str, topic_device: str) -> tuple[str, str]:
    """Return device and field of the name bn + n; raise `Unusable` where it names none."""
    whole = base_name + own_name
    urn = _URN.fullmatch(whole)
    if urn:
        device, name = urn[1], urn[2] or ""
    else:
        cut = max(whole.rfind("/", 0, -1), whole.rfind(":", 0, -1))
        if cut > 0 and whole[-1] not in ":/":
            device, name = whole[:cut], whole[cut + 1 :]
        elif base_name and own_name:
            device, name = base_name, own_name
        elif own_name and topic_device:
            device, name = topic_device, own_name
        else:
            device, name = whole or topic_device, ""
    device, name = device.rstrip(":/"), name.strip(":/") or "value"
    if not device:
        raise Unusable("has no name: bn and n are empty and the topic names no device")
    if len(device) > LONGEST_NAME or len(name) > LONGEST_NAME - 4:
        raise Unusable(f"has a name of {len(whole)} characters, more than {LONGEST_NAME}")
    return device, name
