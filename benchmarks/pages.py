"""Detection and reading on made pages, by paper, distance, degradation and size; and calibration.

    python benchmarks/pages.py                       the dev pages
    python benchmarks/pages.py --split test --save   the published table, benchmarks/results/pages.json

Each row has pages of its own, from its own seeds. Papers and degradations are measured with digits that do not touch,
since distances have a table of their own; in "all", everything is drawn at random.
"""

import argparse
from collections.abc import Iterator
from typing import Any

from digitscope.mnist import load_mnist
from digitscope.reading.reader import Recognizer
from digitscope.synthesis.pages import DEGRADATIONS, DISTANCES, PAPERS, Page, make_page
from measured import READS_PAGES, save
from scoring import Score, calibration_error, risk_coverage, score, summary

APART = ("wide", "normal", "tight")
HEIGHTS = (12, 16, 24, 40, 80, 160, 300)


def apart(split: str, seed: int, **options: Any) -> Page:
    """A page whose digits do not touch."""
    return make_page(split, seed, distance=APART[seed % 3], **options)


def tables(split: str, count: int) -> Iterator[tuple[str, str, Iterator[Page]]]:
    """Each row: its table, its name and its pages, made lazily."""
    for n, paper in enumerate(PAPERS):
        seeds = range(10_000 * (n + 1), 10_000 * (n + 1) + count)
        yield "paper", paper, (apart(split, i, paper=paper) for i in seeds)
    for n, distance in enumerate(DISTANCES):
        seeds = range(110_000 + 10_000 * n, 110_000 + 10_000 * n + count)
        yield "distance", distance, (make_page(split, i, paper="plain", distance=distance) for i in seeds)
    for n, name in enumerate(("none", *DEGRADATIONS)):
        degradations = () if name == "none" else (name,)
        seeds = range(210_000 + 10_000 * n, 210_000 + 10_000 * n + count)
        yield "degradation", name, (apart(split, i, paper="plain", degradations=degradations) for i in seeds)
    for n, height in enumerate(HEIGHTS):
        seeds = range(310_000 + 10_000 * n, 310_000 + 10_000 * n + max(1, count // 2))
        pages = (apart(split, i, paper="plain", height=height, text=f"{i * 7919 % 100_000:05d}") for i in seeds)
        yield "height", f"{height} px", pages
    yield "all", "all", (make_page(split, i) for i in range(4 * count))


def difficulty(page: Page) -> float:
    """How hard a page is, independent of any reading."""
    return len(page.degradations) + 2 * (page.distance in ("touching", "overlapping")) + 2 * (page.paper == "cell")


def confidence(scored: list[tuple[float, Score]]) -> dict[str, Any]:
    """Calibration and risk over coverage, on all pages and on the hardest quarter of (difficulty, score) pairs."""
    ordered = sorted(scored, key=lambda pair: -pair[0])
    answers = [answer for _, s in ordered for answer in s.answers]
    hard = [answer for _, s in ordered[: len(ordered) // 4] for answer in s.answers]
    return {
        "calibration_error": round(calibration_error(answers), 4),
        "n": len(answers),
        "calibration_error_hardest_quarter": round(calibration_error(hard), 4),
        "n_hardest_quarter": len(hard),
        "error_at_coverage": risk_coverage(answers),
    }


def false_rejections(reader: Recognizer, split: str) -> dict[str, Any]:
    """The MNIST digits that the reader rejects, of the last 5,000 training images or of the test images."""
    mnist = load_mnist()
    images = mnist.test_images if split == "test" else mnist.train_images[-5000:]
    rejected = int((reader.rejection(images) > reader.model.threshold).sum())
    return {"rejected": rejected, "n": len(images), "share": round(rejected / len(images), 5)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--pages", type=int, default=40, help="pages per row")
    parser.add_argument("--model")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    if args.save and args.model:
        parser.error("--save publishes the shipped reader's figures: leave --model out")
    reader = Recognizer(args.model)
    figures: dict[str, Any] = {"split": args.split, "model": reader.model.name}
    for table, name, pages in tables(args.split, args.pages):
        scored = [(difficulty(page), score(page, reader.read(page.image))) for page in pages]
        row = summary([s for _, s in scored])
        figures.setdefault(table, {})[name] = row
        print(
            f"{table:12} {name:12} right {row['right']:7.2%}  found {row['found']:7.2%}  "
            f"rejected {row['rejected']:6.2%}  extra {row['extra']:6.2%}  "
            f"whole pages {row['whole_pages']:6.1%}  n = {row['n']}",
            flush=True,
        )
        if table == "all":
            figures["confidence"] = confidence(scored)
    figures["mnist_false_rejections"] = false_rejections(reader, args.split)
    for key in ("confidence", "mnist_false_rejections"):
        print(key, figures[key])
    if args.save:
        save("pages" if args.split == "test" else "pages-dev", figures, weights=READS_PAGES)


if __name__ == "__main__":
    main()
