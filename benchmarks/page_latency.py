"""From pointer event to answer on screen, in Chromium: python benchmarks/page_latency.py (needs the extra `dev`)

Draws digits on the page that `digitscope export --page` writes, one pointer event at a time. The time runs from the
event's own time stamp to the first task after the frame that shows the answer. Goal: a median of at most 33 ms, and a
forward pass of both networks in at most 16 ms.
"""

import argparse
import os
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from digitscope.web import playground
from measured import save

STROKES = 10
POINTS = 12
WATCH = """() => {
  globalThis.latencies = [];
  let since = null;
  addEventListener("pointermove", (event) => { if (event.buttons) since ??= event.timeStamp; }, { capture: true });
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => latencies.push(performance.now() - data);
  new MutationObserver(() => {
    if (since === null) return;
    const started = since;
    since = null;
    channel.port2.postMessage(started); // the answer is written within a frame: this task comes once it is drawn
  }).observe(document.querySelector(".answers"), { subtree: true, childList: true, attributes: true });
}"""
FORWARD = "() => [...document.querySelectorAll('.answer-time')].map((p) => parseFloat(p.textContent.split(' in ')[1]))"


def draw(page: Page) -> list[list[float]]:
    """Draw some strokes, and return what each forward pass took, [mlp, cnn] in ms."""
    box = page.locator(".pad-paper").bounding_box()
    assert box is not None
    forward = []
    for stroke in range(STROKES):
        page.mouse.move(box["x"] + 90, box["y"] + 60)
        page.mouse.down()
        for point in range(1, POINTS + 1):
            x, y = 90 + 14 * point - 2 * stroke, 60 + (point if stroke % 2 else 16 * point)
            page.mouse.move(box["x"] + x, box["y"] + y)
            page.wait_for_timeout(40)
            forward.append(page.evaluate(FORWARD))
        page.mouse.up()
        if stroke % 2:
            page.get_by_role("button", name="Clear").first.click()
    return forward


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("No browser was found. Expected chromium or google-chrome on the path.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(playground.write(Path(folder) / "playground.html").as_uri())
        page.wait_for_selector(".answer-time:has-text('waits')")
        page.evaluate(WATCH)
        forward = draw(page)
        latencies = sorted(page.evaluate("latencies"))
        browser.close()
    figures = {
        "answer_on_screen_ms": {
            "p10": latencies[len(latencies) // 10],
            "median": statistics.median(latencies),
            "p90": latencies[int(0.9 * len(latencies))],
            "n": len(latencies),
        },
        "forward_ms": {
            name: {"median": statistics.median(times), "max": max(times)}
            for name, times in zip(("mlp", "cnn"), zip(*forward, strict=True), strict=True)
        },
    }
    save("page_latency", figures, weights=playground.NETWORKS)
    print(figures)


if __name__ == "__main__":
    main()
