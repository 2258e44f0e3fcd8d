"""A page packed into a smaller one that unpacks itself where it is opened; nothing is left out."""

from __future__ import annotations

import base64
import gzip
import re

from groundwork.site.page import TEMPLATE

PACKED = re.compile(r'<script type="text/plain" id="packed">([A-Za-z0-9+/=]+)</script>')


def packed(page: bytes) -> bytes:
    """Return a page of a fraction of the size, of the same title, that becomes `page` by itself."""
    content = base64.b64encode(gzip.compress(page, mtime=0)).decode()
    text = (TEMPLATE / "packed.html").read_text(encoding="utf-8")
    return text.replace("{{ content }}", content).encode()


def unpacked(page: bytes) -> bytes:
    """Return the page that `packed` was given; a page that is not packed as it is."""
    found = PACKED.search(page.decode(errors="replace"))
    return gzip.decompress(base64.b64decode(found[1])) if found else page
