"""The curves of benchmarks/results/conditions.json, and where there is a conditions-before.json, those of it."""

import json
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from conditions import ordinary
from digitscope.experiments import plots
from measured import RESULTS

UNITS = {
    "margin": "digit heights of paper around it",
    "height": "pixels",
    "pen": "pen's width, digit heights",
    "turned": "degrees",
    "perspective": "how much the far side shrinks",
    "contrast": "grey levels of 255",
    "noise": "σ, grey levels",
    "blur": "σ, pixels of 200",
    "jpeg": "quality",
    "shadow": "of the light is left",
    "light on dark": "",
    "page": "digits across",
    "gap": "digit heights between two",
    "empty": "paper: nothing read",
}
ACROSS = 4


def panel(axes: Axes, name: str, now: dict[str, Any], before: dict[str, Any]) -> None:
    """One condition: a point and its 95 % interval for each cell."""
    is_scale = all(_is_number(cell) for cell in now)
    cells = sorted(now, key=float) if is_scale else list(now)
    places = range(len(cells))
    for figures, color, label in ((before, plots.COLORS["strides"], "before"), (now, plots.COLORS["cnn"], "now")):
        shown = [(place, figures[cell]) for place, cell in zip(places, cells, strict=True) if cell in figures]
        if not shown:
            continue
        xs, ys = [place for place, _ in shown], [100 * row["right"] for _, row in shown]
        low, high = ([100 * row["interval"][side] for _, row in shown] for side in (0, 1))
        axes.vlines(xs, low, high, color=color, alpha=0.35, linewidth=4)
        axes.plot(xs, ys, "o-" if is_scale else "o", color=color, markersize=3.5, linewidth=1.2, label=label)
    axes.set_xticks(list(places), cells, fontsize=7, rotation=30 if name == "empty" else 0)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylim(0 if min(row["right"] for row in (*now.values(), *before.values())) < 0.5 else 48, 102)
    axes.set_title(name, fontsize=9, loc="left")
    axes.set_xlabel(UNITS.get(name, ""), fontsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)


def _is_number(text: str) -> bool:
    try:
        return bool(float(text) + 1)
    except ValueError:
        return False


def curves(path: Path) -> dict[str, Any]:
    """Each condition's cells; none where nothing was measured."""
    figures = json.loads(path.read_text())["figures"] if path.exists() else {}
    return {name: rows for name, rows in figures.items() if name in UNITS}


def told() -> str:
    """How it was measured, and what the curves come to."""
    figures = json.loads((RESULTS / "conditions.json").read_text())["figures"]
    counts = [row["n"] for name in UNITS for row in figures.get(name, {}).values()]
    shares, calibration = ordinary(figures), figures["calibration"]
    sentences = (
        f"MNIST's test digits, one condition at a time; {max(counts):,} pictures a cell,",
        f"{min(counts):,} of empty pages.",
        f"Mean of the {len(shares)} cells down to 12 pixels, up to 20° and without overlap",
        f"{sum(shares) / len(shares):.1%}, lowest {min(shares):.1%}. Calibration error over the whole grid",
        f"{calibration['error']:.3f} (n = {calibration['n']:,}).",
    )
    return " ".join(sentences)


def draw() -> str:
    """The SVG: a panel for each condition that was measured."""
    now, before = (curves(RESULTS / file) for file in ("conditions.json", "conditions-before.json"))
    down = -(-len(now) // ACROSS)
    figure = Figure(figsize=(11, 2.3 * down), layout="constrained")
    for axes, name in zip(figure.subplots(down, ACROSS).flat, [*now, *[""] * (down * ACROSS - len(now))], strict=True):
        if name:
            panel(axes, name, now[name], before.get(name, {}))
        else:
            axes.axis("off")
    if before:
        figure.axes[0].legend(fontsize=7, frameon=False, loc="lower right")
    figure.supylabel("right, %", fontsize=8)
    return plots.as_svg(figure)
