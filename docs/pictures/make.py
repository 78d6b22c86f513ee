"""Make the pictures of the page and of an explanation again: python docs/pictures/make.py (needs Chromium)

A service is started, and Chromium photographs Draw and Read a photo; `digitscope explain` writes its page, whose part
with one layer's feature maps beside one unit's arithmetic is kept. `make render` makes the picture of what was read.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

import digitscope

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
SIZE = {"width": 1280, "height": 2600}
WIDTH = 900  # pixels of a picture that is kept


def main() -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("No browser was found. Expected chromium or google-chrome on the path.")
    with sync_playwright() as playwright, service() as address, tempfile.TemporaryDirectory() as folder:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=browser, args=arguments)
        page = chromium.new_page(viewport=SIZE)
        draw(page, address)
        photo(page, address)
        explanation(page, Path(folder) / "why.html")
        chromium.close()


@contextlib.contextmanager
def service() -> Iterator[str]:
    """The address of a service that runs meanwhile."""
    command = [sys.executable, "-m", "digitscope", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def draw(page: Page, address: str) -> None:
    """A test image that the MLP gets wrong and the CNN right."""
    page.goto(f"{address}/#draw")
    page.get_by_role("button", name="MLP").filter(has_text="MLP: 3").first.click()
    page.wait_for_function("() => !document.body.innerText.includes('loading …')")
    page.wait_for_timeout(500)
    keep(page.screenshot(), "page-draw.png", top=0, height=690)


def photo(page: Page, address: str) -> None:
    """The receipt, one of its digits chosen."""
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.goto(f"{address}/#photo")
    page.set_input_files("#photo-file", ROOT / "examples" / "receipt.jpg")
    page.wait_for_selector(".boxes button")
    page.locator(".boxes button").nth(6).click()
    page.mouse.move(5, 5)
    page.wait_for_timeout(300)
    keep(page.screenshot(), "page-photo.png", top=0, height=1010)


def explanation(page: Page, path: Path) -> None:
    """One layer's feature maps beside one unit's arithmetic."""
    page.set_viewport_size(SIZE)
    digitscope.explain(ROOT / "examples" / "seven.png").save(path)
    page.goto(path.as_uri())
    page.wait_for_timeout(500)
    keep(page.screenshot(), "explanation.png", top=1565, height=800)


def keep(screenshot: bytes, name: str, *, top: int, height: int) -> None:
    """Save the part of a screenshot that begins at `top`, made smaller."""
    image = np.asarray(cv2.imdecode(np.frombuffer(screenshot, np.uint8), cv2.IMREAD_COLOR))
    part = image[top : top + height]
    small = cv2.resize(part, (WIDTH, round(WIDTH * part.shape[0] / part.shape[1])), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(FOLDER / name), small, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"{name}: {(FOLDER / name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
