"""Two plots of MNIST networks: accuracy against parameters and against training time; reference, ours, published.

`draw("parameters")` and `draw("time")` give an SVG's text, which `benchmarks/render.py` writes.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from digitscope.experiments import plots

RESULTS = Path(__file__).resolve().parent / "results"
INK = {"reference": "#d1732c", "digitscope": "#2563a8", "published": "#8a949e"}


class Point(NamedTuple):
    """One network. Accuracy is a mean over seeds where there are several."""

    name: str
    group: str
    accuracy: float
    parameters: float | None
    seconds: float | None


PUBLISHED = (  # accuracies as their authors state them, on other machines: no times that could be compared
    Point("mnist-minimal-model", "published", 0.9907, 4_862, None),
    Point("course work, 7,070", "published", 0.994, 7_070, None),
    Point("neural golfing, 575", "published", 0.98, 575, None),
)


def points() -> list[Point]:
    """The reference pair, what was measured of our recipes, and what others published."""
    found = []
    summary = json.loads((RESULTS / "compare.json").read_text())["figures"]["summary"]
    for name, values in summary.items():
        spread: Any = values
        found.append(Point(name, "reference", spread["test"]["mean"], spread["parameters"], spread["seconds"]["mean"]))
    for path in sorted(RESULTS.glob("network-*.json")):
        figures = json.loads(path.read_text())["figures"]
        if "parameters" in figures:
            name = path.stem.removeprefix("network-")
            test, seconds = figures["test"]["mean"], figures["seconds"]["mean"] if figures["quiet"] else None
            found.append(Point(name, "digitscope", test, figures["parameters"], seconds))
    return [*found, *PUBLISHED]


def draw(what: str) -> str:
    """The SVG of accuracy against "parameters" or "time", both axes logarithmic."""
    with plots.styled():
        figure, axes = plots.canvas()
        for group, color in INK.items():
            shown = [(p.parameters if what == "parameters" else p.seconds, p) for p in points() if p.group == group]
            drawn = [(x, p) for x, p in shown if x is not None]
            if not drawn:
                continue
            axes.plot([x for x, _ in drawn], [1 - p.accuracy for _, p in drawn], "o", color=color, label=group)
            for x, p in drawn:
                down = -12 if group == "digitscope" else 4  # ours and a published one may stand on the same spot
                axes.annotate(p.name, (x, 1 - p.accuracy), xytext=(6, down), textcoords="offset points", fontsize=9)
        axes.set_xscale("log")
        plots.error_axis(axes)
        plots.count_axis(axes, "parameters" if what == "parameters" else "training, seconds on two cores")
        axes.margins(x=0.25, y=0.2)
        if what == "time":  # less than two decades: more ticks than one a decade
            axes.set_xticks([tick for tick in (10, 20, 50, 100, 200, 500) if tick < 2 * axes.get_xlim()[1]])
        axes.legend(loc="best")
    return plots.as_svg(figure)
