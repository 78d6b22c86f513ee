"""Make the README's picture of the explanation page again: python docs/pictures/make.py (needs Chromium)

`digitscope explain` writes the page, Chromium photographs it, and the part that shows one layer's feature maps beside
one unit's arithmetic is kept. The picture of the page as read is made by `make render`.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import cv2

import digitscope

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(__file__).resolve().parent / "explanation.png"
WINDOW = (1280, 2600)
TOP = 1565  # pixels: where the first layer begins on the page
ASPECT = 1.6  # width by height: ends below the first layer
WIDTH = 900  # pixels of the picture that is kept


def main() -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("No browser was found. Expected chromium or google-chrome on the path.")
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder) / "page.html", Path(folder) / "page.png"
        digitscope.explain(ROOT / "examples" / "seven.png").save(page)
        size = ",".join(map(str, WINDOW))
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={size}", f"--screenshot={shot}"]
        subprocess.run([browser, *options, page.as_uri()], check=True, capture_output=True)
        image = cv2.imread(str(shot))
    height = round(WINDOW[0] / ASPECT)
    part = image[TOP : TOP + height]
    small = cv2.resize(part, (WIDTH, round(WIDTH / ASPECT)), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(TARGET), small, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
