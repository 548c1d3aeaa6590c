"""Every picture of docs/images anew:

    python -m docs.tools images
    python -m docs.tools images --pages

The second takes those of pages alone.
Pictures of pages are taken by the tests that look at them, in headless Chromium (`pip install
'patentzoo[browser]'` and a `chromium` on the path); the others by the scripts beside this one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops
from printed import ROOT

IMAGES = ROOT / "docs" / "images"
SCRIPTS = (
    ("make_contact_sheet.py",),
    ("make_splits.py", "docs/images/splits.png"),
    ("make_outputs.py",),
    ("make_tables.py",),
)
PAGES = {"app-1280.png": "app.png", "report-1280.png": "report.png"}
"""What the tests leave, and its name among the images."""
TESTS = (
    "tests/server/test_search_page_browser.py::test_upload_crop_second_view_filter",
    "tests/docs/test_report_browser.py",
)


def main() -> None:
    """Draw, then photograph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", action="store_true", help="pictures of pages alone")
    given = parser.parse_args()
    for script, *arguments in () if given.pages else SCRIPTS:
        subprocess.run([sys.executable, f"docs/tools/{script}", *arguments], cwd=ROOT, check=True)
    photograph()


def photograph() -> None:
    """Run the tests that look at pages, and keep what they saw."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", "slow", *TESTS],
            cwd=ROOT,
            env=os.environ | {"PATENTZOO_SCREENSHOTS": folder},
            check=True,
        )
        for source, name in PAGES.items():
            with Image.open(Path(folder, source)) as seen:
                _trimmed(seen.convert("RGB")).quantize(64).save(IMAGES / name, optimize=True)


def _trimmed(seen: Image.Image) -> Image.Image:
    """Without the empty ground below the last thing on the page."""
    ground = Image.new("RGB", seen.size, seen.getpixel((0, seen.height - 1)))
    box = ImageChops.difference(seen, ground).getbbox()
    return seen.crop((0, 0, seen.width, min(seen.height, box[3] + 24))) if box else seen


if __name__ == "__main__":
    main()
