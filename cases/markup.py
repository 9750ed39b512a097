"""XML as others read it: well formed whatever people have typed."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

#: What XML 1.0 does not allow, section 2.2; half a surrogate pair is no character at all.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def readable(text: str) -> str:
    """Return `text` with what no XML document can hold replaced by U+FFFD."""
    return FORBIDDEN.sub("\ufffd", text)


def add(parent: Element, name: str, text: object = None) -> Element:
    """Add an element to `parent`, empty where `text` is None, and return it."""
    child = SubElement(parent, name)
    if text is not None:
        child.text = readable(str(text))
    return child


def written(root: Element) -> bytes:
    """Return the document in UTF-8, with its declaration."""
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
