"""Take the picture of the front page in README: python tests/python/site_picture.py [PAGE].

It needs Pillow, which nothing else does: pip install pillow.
"""

import base64
import io
import shutil
import sys
import tempfile
from pathlib import Path

from conftest import ROOT
from pages import BROWSERS, WIDE, Browser
from PIL import Image

PICTURE = ROOT / "docs" / "images" / "site.png"
MOST_BYTES = 150_000
HEIGHT = 900
COLOURS = 256


def taken(page: Path, picture: Path) -> int:
    """Write the top of a page, in light colours and as wide as a screen; return its bytes."""
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(executable, Path(profile))
        try:
            browser.call(
                "Emulation.setEmulatedMedia",
                features=[{"name": "prefers-color-scheme", "value": "light"}],
            )
            browser.call("Emulation.setScrollbarsHidden", hidden=True)
            browser.open(page, size=(WIDE[0], HEIGHT))
            browser.wait("document.querySelectorAll('.spark svg').length >= 3")
            browser.evaluate("new Promise((done) => setTimeout(done, 300))")
            shot = browser.call("Page.captureScreenshot", format="png")
        finally:
            browser.close()
    picture.parent.mkdir(parents=True, exist_ok=True)
    whole = Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")
    whole.quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)
    return picture.stat().st_size


if __name__ == "__main__":
    given = sys.argv[1:] or [ROOT / "site" / "index.html"]
    size = taken(Path(given[0]).resolve(), PICTURE)
    assert size < MOST_BYTES, f"{PICTURE} has {size} bytes, {MOST_BYTES} are allowed"
    print(f"wrote {PICTURE.relative_to(ROOT)} ({size / 1e3:.0f} kB)")
