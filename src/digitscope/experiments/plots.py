"""The style of the experiments' plots: one palette, one canvas; curves, slopes and dots with their intervals."""

import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitscope.experiments.verdict import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Axes = Any  # matplotlib is imported only when something is drawn

COLORS = {"mlp": "#d1732c", "cnn": "#2563a8", "strides": "#6aa6d8"}
INK = "#26323d"
GRID = "#e3e7eb"
STYLE: Any = {  # what rc_context takes
    "font.size": 10.5,
    "font.family": "DejaVu Sans",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#9aa5af",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "svg.hashsalt": "digitscope",  # the same figures give the same file
}


def canvas(*, columns: int = 1) -> tuple["Figure", Any]:
    """A figure and its axes: one, or several side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2 if columns == 1 else 9.6, 4.2), dpi=110, layout="constrained")
    return figure, figure.subplots(1, columns)


def styled() -> AbstractContextManager[None]:
    """A context in which matplotlib draws in the house style."""
    import matplotlib as mpl

    context: AbstractContextManager[None] = mpl.rc_context(STYLE)
    return context


def save(figure: "Figure", path: Path) -> Path:
    """Write `figure` in the format of the file name, without a date: the same figures give the same file."""
    with styled():
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    return path


def as_svg(figure: "Figure") -> str:
    """`figure` as the text of an SVG file."""
    text = io.StringIO()
    with styled():
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def curve(axes: Axes, x: Sequence[float], estimates: Sequence[Estimate], *, color: str, label: str) -> None:
    """A line through the means, with the intervals as a band."""
    lows, highs = zip(*map(_ends, estimates), strict=True)
    axes.fill_between(x, lows, highs, color=color, alpha=0.18, linewidth=0)
    axes.plot(x, [e.mean for e in estimates], color=color, marker="o", markersize=4.5, linewidth=1.9, label=label)


def slope(axes: Axes, estimates: Sequence[Estimate], *, color: str, label: str, above: bool) -> None:
    """A line from one condition to the next, with error bars and each value above or below its point."""
    means = [e.mean for e in estimates]
    whiskers = _whiskers(estimates)
    places = range(len(estimates))
    axes.errorbar(
        places, means, yerr=whiskers, fmt="-o", color=color, markersize=7, capsize=4, linewidth=1.9, label=label
    )
    for place, estimate in zip(places, estimates, strict=True):
        edge, shift = (_ends(estimate)[1], 5) if above else (_ends(estimate)[0], -14)
        text = f"{100 * estimate.mean:.2f}"
        axes.annotate(text, (place, edge), xytext=(0, shift), textcoords="offset points", ha="center", fontsize=9.5)


def dots(axes: Axes, estimates: Sequence[Estimate], *, labels: Sequence[str], color: str) -> None:
    """One row per label, the first at the top: dot, interval and value in percentage points."""
    rows = range(len(estimates) - 1, -1, -1)
    means = [100 * e.mean for e in estimates]
    whiskers = [[100 * length for length in lengths] for lengths in _whiskers(estimates)]
    axes.axvline(0, color=INK, linewidth=1)
    axes.errorbar(means, rows, xerr=whiskers, fmt="o", color=color, markersize=7, capsize=4, linewidth=1.8)
    for row, mean in zip(rows, means, strict=True):
        axes.annotate(f"{mean:+.2f}", (mean, row), xytext=(0, 9), textcoords="offset points", ha="center", fontsize=9.5)
    axes.set_yticks(rows, labels)
    axes.set_ylim(-0.6, len(estimates) - 0.3)
    axes.grid(axis="y", visible=False)


def _whiskers(estimates: Sequence[Estimate]) -> tuple[list[float], list[float]]:
    """How far each interval reaches down and up from its mean."""
    ends = [(estimate.mean, *_ends(estimate)) for estimate in estimates]
    return [mean - low for mean, low, _ in ends], [high - mean for mean, _, high in ends]


def _ends(estimate: Estimate) -> tuple[float, float]:
    """The interval's ends; where none is known, nothing of it is drawn."""
    return (estimate.low, estimate.high) if estimate.known else (estimate.mean, estimate.mean)


def ring(axes: Axes, x: float, y: float, *, text: str) -> None:
    """A ring around one point, with a label beside it."""
    axes.plot([x], [y], marker="o", markersize=12, markerfacecolor="none", markeredgecolor=INK, linewidth=0)
    axes.annotate(text, (x, y), xytext=(9, 7), textcoords="offset points", fontsize=9.5)


def percent(axes: Axes, *, low: float | None = None) -> None:
    """A y axis of accuracies, from `low` to 1, or as far as the values reach."""
    if low is not None:
        axes.set_ylim(low, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %" if value <= 1 else "")
    axes.set_ylabel("test accuracy")


def error_of(accuracy: Estimate) -> Estimate:
    """The error, 1 − accuracy; kept above 0 for a logarithmic axis."""
    least = 1e-4
    if not accuracy.known:
        return Estimate(max(1 - accuracy.mean, least))
    return Estimate(max(1 - accuracy.mean, least), max(1 - accuracy.high, least), max(1 - accuracy.low, least))


def error_axis(axes: Axes) -> None:
    """A logarithmic y axis of errors with plain percentages."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    ticks = [tick for tick in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if low <= tick <= high]
    axes.set_yticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
    axes.minorticks_off()
    axes.set_ylabel("test error")


def count_axis(axes: Axes, label: str) -> None:
    """A logarithmic x axis of counts, with ticks written in full."""
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel(label)


def picture_grids(grids: Mapping[str, Sequence[Any]]) -> "Figure":
    """Weights as images, 8 per row, in one block per network: blue below 0, white at 0, red above."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(9.6, 2.7), dpi=110, layout=ConstrainedLayoutEngine(h_pad=0.03, w_pad=0.03, wspace=0.08))
    blocks: Any = figure.subfigures(1, len(grids), wspace=0.04)
    for block, (title, pictures) in zip(blocks, grids.items(), strict=True):
        block.suptitle(title, fontsize=10.5)
        for axes, picture in zip(block.subplots(4, 8).flat, pictures, strict=True):
            axes.imshow(picture, cmap="RdBu_r", vmin=-127, vmax=127)
            axes.set_axis_off()
    return figure
