"""Forms read by field: made forms, filled with known numbers, scanned and photographed.

    python benchmarks/forms.py --pages 40                    the dev forms
    python benchmarks/forms.py --split test --pages 640 --jobs 2 --save --handwriting FOLDER
        the published figures, benchmarks/results/forms.json

Each page is a form of its own: other fields, print and pen. Scans are skewed, upside down or on their side; photos are
turned by up to 10 degrees, in perspective, bent, shadowed, on a table. Digits are MNIST's, of the last 5,000 training
images or of the test images; with --handwriting, every second form is filled by one real writer who taught nothing.
"""

import argparse
import multiprocessing
import os
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from digitscope import models
from digitscope.forms.form import Form
from digitscope.reading.reader import Recognizer
from digitscope.synthesis.forms import FilledForm, make_form
from digitscope.synthesis.trajectories import Pens, load_trajectories
from measured import READS_PAGES, save
from scoring import calibration_error, wilson

SURE = ("ok", "empty")
SAME = 0.8  # IoU from which on a field is in the right place


@dataclass(frozen=True)
class Result:
    """One page: was it found, its fields' (status, confidence, right), the largest error of a corner, IoUs, seconds."""

    kind: str
    hand: str  # whose digits: "mnist" or "pens"
    found: bool
    fields: tuple[tuple[str, float, bool], ...]
    error: float
    ious: tuple[float, ...]
    seconds: float


def measure(made: FilledForm, reader: Recognizer, hand: str, *, report: bool = False) -> Result:
    """Read one form and compare it with what was written."""
    form = Form(made.template, model=reader)
    start = time.perf_counter()
    read = form.read(made.image)[0]
    seconds = time.perf_counter() - start
    answers, errors, ious = [], [0.0], []
    for field in made.template.fields:
        got, want = read[field.name], made.values[field.name]
        right = (got.value or "") == want
        answers.append((got.status, got.confidence, right))
        if report and not (right and got.status in SURE):
            print(f"    {field.name:12} {want!r:12} read as {got.value!r:12} {got.status} {got.confidence:.3f}")
        x, y, w, h = field.box
        corners = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], np.float64)
        true = made.to_image(corners)
        if not got.polygon:
            ious.append(0.0)
            continue
        seen = np.array(got.polygon)
        width = np.linalg.norm(true[1] - true[0]) / w  # pixels of the image to one at 150 dpi
        errors.append(float(np.linalg.norm(seen - true, axis=1).max() / width))
        ious.append(iou(seen, true))
    found = read.template is not None
    return Result(made.kind, hand, found, tuple(answers), max(errors) if found else np.inf, tuple(ious), seconds)


def iou(a: Any, b: Any) -> float:
    """Intersection over union of two convex quadrilaterals, [4, 2] each."""
    a, b = a.astype(np.float32), b.astype(np.float32)
    shared, _ = cv2.intersectConvexConvex(a, b)
    return float(shared / max(cv2.contourArea(a) + cv2.contourArea(b) - shared, 1e-9))


def summary(results: list[Result]) -> dict[str, Any]:
    """The figures over all pages."""
    fields = [field for result in results for field in result.fields]
    sure = [right for status, _, right in fields if status in SURE]
    right = sum(right for _, _, right in fields)
    errors = [result.error for result in results]
    ious = [value for result in results for value in result.ious]
    answers = [(confidence, right) for status, confidence, right in fields if status in ("ok", "doubtful")]
    seconds = np.array([result.seconds for result in results])
    return {
        "pages": len(results),
        "found": sum(result.found for result in results),
        "n": len(fields),
        "right": round(right / len(fields), 5),
        "interval": wilson(right, len(fields)),
        "sure": round(len(sure) / len(fields), 5),
        "right_among_sure": round(sum(sure) / max(len(sure), 1), 5),
        "interval_among_sure": wilson(sum(sure), len(sure)),
        "wrong_among_sure": len(sure) - sum(sure),
        "statuses": dict(Counter(status for status, _, _ in fields)),
        "calibration_error": round(calibration_error(answers), 4),
        "error_px_median": round(float(np.median(errors)), 2),
        "error_px_p95": round(float(np.quantile(errors, 0.95, method="higher")), 2),
        "within_2_px": round(float(np.mean([error <= 2 for error in errors])), 4),
        "in_place": round(float(np.mean([value >= SAME for value in ious])), 5),
        "seconds_median": round(float(np.median(seconds)), 3),
        "seconds_p95": round(float(np.quantile(seconds, 0.95)), 3),
    }


_split: str  # of a process: set by _begin
_pens: Pens | None
_report: bool
_reader: Recognizer


def _begin(split: str, handwriting: str | None, report: bool) -> None:
    """The start of each process: one thread for everything."""
    global _split, _pens, _report, _reader
    cv2.setNumThreads(1)
    models.set_threads(1)
    _split, _report, _reader = split, report, Recognizer()
    _pens = load_trajectories(handwriting) if handwriting else None


def _measured(seed: int) -> Result:
    pens = _pens if seed % 2 else None
    return measure(make_form(_split, seed, pens=pens), _reader, "pens" if pens else "mnist", report=_report)


def _print(seed: int, result: Result) -> None:
    wrong = sum(status in SURE and not right for status, _, right in result.fields)
    doubtful = sum(status == "doubtful" for status, _, _ in result.fields)
    print(
        f"{seed:5} {result.kind:5} {result.hand:5} {len(result.fields):3} fields, {doubtful:2} doubtful, "
        f"{wrong} wrong and sure, off by {result.error:5.2f} px, {result.seconds:.2f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="the first form's number")
    parser.add_argument("--handwriting", default=os.environ.get("DIGITSCOPE_HANDWRITING"), help="pen trajectories")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each with one thread")
    parser.add_argument("--report", action="store_true", help="print each field that is not surely right")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    seeds = range(args.first, args.first + args.pages)
    context = multiprocessing.get_context("spawn")
    results = []
    with context.Pool(args.jobs, _begin, (args.split, args.handwriting, args.report)) as pool:
        for seed, result in zip(seeds, pool.imap(_measured, seeds), strict=True):
            results.append(result)
            _print(seed, result)
    figures: dict[str, Any] = {"split": args.split, "first": args.first, "all": summary(results)}
    for kind in ("scan", "photo", "mnist", "pens"):
        own = [result for result in results if kind in (result.kind, result.hand)]
        if own:
            figures[kind] = summary(own)
    if args.handwriting:
        figures["handwriting"] = load_trajectories(args.handwriting).checksums
    for name, part in figures.items():
        print(name, part)
    if args.save:
        save("forms" if args.split == "test" else "forms-dev", figures, weights=READS_PAGES)


if __name__ == "__main__":
    main()
