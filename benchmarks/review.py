"""How fast the page of `digitscope review` shows the next question: python benchmarks/review.py [--save]

A table with 1,000 doubtful fields on twenty scans of A4 at 150 dpi, gone through in Chromium by keyboard. Each time is
from the key that answers a question until the next one and its crop are painted; the answer is on the disk by then.
Between answers there is a pause. Goal: 50 ms for each.
"""

import argparse
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import uvicorn
from playwright.sync_api import sync_playwright

from digitscope.forms import table
from digitscope.forms.result import FieldReading, FormReading
from digitscope.mnist import load_mnist
from digitscope.review.app import Review, create_app
from digitscope.web.server import Announcing, bound
from measured import save

SCANS, EACH = 20, 50
ANSWER = """async (pause) => {
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const where = document.querySelector("#where"), crop = document.querySelector("#crop"), before = where.textContent;
    await new Promise((done) => setTimeout(done, pause));
    const began = performance.now();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    while (where.textContent === before) await new Promise((done) => setTimeout(done));
    await crop.decode();
    await painted();
    return performance.now() - began;
}"""


def write_table(folder: Path) -> Path:
    """The scans and the table."""
    digits = load_mnist().held_out
    forms = []
    for scan in range(SCANS):
        page, fields = np.full((1754, 1240), 250, np.uint8), []
        for n in range(EACH):
            x, y = 100 + 220 * (n % 5), 80 + 160 * (n // 5)
            chosen = [(scan * EACH + n) * 2 % 5000, ((scan * EACH + n) * 2 + 1) % 5000]
            for k, number in enumerate(chosen):
                page[y + 6 : y + 34, x + 10 + 34 * k : x + 38 + 34 * k] -= (0.8 * digits.images[number]).astype(
                    np.uint8
                )
            corners = ((x, y), (x + 90, y), (x + 90, y + 40), (x, y + 40))
            value = "".join(str(digits.labels[number]) for number in chosen)
            polygon = tuple((float(px), float(py)) for px, py in corners)
            fields.append(
                FieldReading(
                    f"points.{n + 1}", value, 0.6, "doubtful", 0, polygon, (("11", 0.2), ("71", 0.1)), r"\d{2}"
                )
            )
        path = folder / f"{scan:02d}.png"
        cv2.imwrite(str(path), page)
        forms.append(FormReading(str(path), None, 0, "exam", (0,), tuple(fields)))
    table.save(forms, folder / "marks.parquet")
    return folder / "marks.parquet"


def times(path: Path, answers: int, pause: float) -> list[float]:
    """Milliseconds until each next question is shown."""
    listening, ready = bound("127.0.0.1", 0), threading.Event()
    app = create_app(Review(path), finished=lambda: None)
    server = Announcing(uvicorn.Config(app, log_config=None, access_log=False), ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    ready.wait(60)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1000, "height": 760})
            page.goto(f"http://127.0.0.1:{listening.getsockname()[1]}")
            page.wait_for_selector("#readings button")
            time.sleep(1)  # the first crops are fetched
            found = [float(page.evaluate(ANSWER, 1000 * pause)) for _ in range(answers)]
            browser.close()
    finally:
        server.should_exit = True
        thread.join()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=SCANS * EACH - 1)
    parser.add_argument("--pause", type=float, default=0.15, help="seconds between answers")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = np.array(times(write_table(Path(name)), args.answers, args.pause))
    figures: dict[str, Any] = {
        "fields": SCANS * EACH,
        "n": len(found),
        "median_ms": round(float(np.median(found)), 1),
        "p95_ms": round(float(np.quantile(found, 0.95)), 1),
        "p99_ms": round(float(np.quantile(found, 0.99)), 1),
        "largest_ms": round(float(found.max()), 1),
        "within_50_ms": round(float((found <= 50).mean()), 4),
    }
    print(figures)
    if args.save:
        save("review", figures)


if __name__ == "__main__":
    main()
