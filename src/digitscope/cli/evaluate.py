"""`digitscope evaluate`: a model measured on MNIST's test images."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from digitscope.cli import output, own

if TYPE_CHECKING:
    from digitscope.evaluation import Evaluation, Robustness


def evaluate(
    model: str = typer.Argument(..., help="A shipped model's name, or an .onnx or .keras file.", show_default=False),
    data: Path = typer.Option(
        None, help="MNIST as an npz or the four IDX files, found or downloaded by default; or digits of your own."
    ),
    corruptions: bool = typer.Option(
        False, "--corruptions", help="Measure it on images corrupted in 15 ways instead, and print their table."
    ),
    split: str = typer.Option(
        None, help="With --corruptions: test, or held-out, the last 5,000 training images, which is the default."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print everything as one JSON object."),
) -> None:
    """Measure a model on the test images: accuracy, each digit, confusion, calibration and the worst mistakes."""
    from digitscope.errors import UsageError
    from digitscope.evaluation import evaluate as evaluate_model
    from digitscope.evaluation import evaluate_corruptions
    from digitscope.mnist import load_mnist
    from digitscope.mnist.files import is_mnist

    if split and not corruptions:
        raise UsageError(f"--split chooses the images to corrupt. Expected --corruptions. Received: split={split!r}")
    if corruptions:
        robustness = evaluate_corruptions(model, split=split or "held-out", data=load_mnist(data))
        if as_json:
            output.print_json(robustness.to_dict())
        else:
            _print_corruptions(robustness)
        return
    place = load_mnist(data) if data is None or is_mnist(data) else own.load(data)
    evaluation = evaluate_model(model, data=place)
    if as_json:
        output.print_json(evaluation.to_dict())
    else:
        _print(evaluation)


def _print(evaluation: "Evaluation") -> None:
    from rich.table import Table

    plain = output.stdout.print
    plain(f"{evaluation.model}: {evaluation.accuracy.total:,} images", markup=False)
    plain(f"accuracy           {evaluation.accuracy}, 95 % Wilson interval", markup=False)
    if evaluation.false_rejections:
        plain(f"false rejections   {evaluation.false_rejections}", markup=False)
    plain(f"log loss           {evaluation.log_loss:.4f}")
    plain(f"Brier score        {evaluation.brier_score:.4f}")
    plain(f"calibration error  {evaluation.calibration_error:.4f} ({evaluation.bins} bins of equal mass)")
    digits = Table("digit", "precision", "recall", "F1", title="Each digit", title_justify="left", box=None)
    for d in evaluation.digits:
        digits.add_row(str(d.digit), f"{d.precision.value:.2%}", f"{d.recall.value:.2%}", f"{d.f1:.4f}")
    header = [str(digit) for digit in range(10)]
    confusion = Table("", *header, title="Confusion: true digit by answer", title_justify="left", box=None)
    for digit, row in enumerate(evaluation.confusion):
        confusion.add_row(f"[bold]{digit}", *(str(n) if n else "·" for n in row))
    worst = Table(
        "image", "is", "read as", "P(read as)", "P(is)", title="Worst mistakes", title_justify="left", box=None
    )
    for m in evaluation.worst:
        worst.add_row(str(m.index), str(m.label), str(m.answer), f"{m.p_answer:.3f}", f"{m.p_label:.3f}")
    for table in (digits, confusion, worst):
        plain()
        plain(table)


def _print_corruptions(robustness: "Robustness") -> None:
    from rich.table import Table

    from digitscope.evaluation.corruptions import FAMILIES

    table = Table("", "accuracy", "95 % interval", "", box=None)

    def row(name: str, score: Any, note: str = "") -> None:
        table.add_row(name, f"{score.value:.2%}", f"{score.low:.2%} to {score.high:.2%}", note)

    row("clean", robustness.clean)
    for name, score in robustness.corrupted.items():
        row(name, score, "unseen" if FAMILIES[name].unseen else "")
    table.add_section()
    row(f"mean of {robustness.mean.families}", robustness.mean)
    row(f"mean of the {robustness.related.families} others", robustness.related)
    row(f"mean of the {robustness.unseen.families} unseen", robustness.unseen)
    images = {"held-out": "the last {:,} training images", "test": "{:,} test images"}[robustness.split]
    plain = output.stdout.print
    plain(f"{robustness.model}: {images.format(robustness.clean.total)}, corrupted in 15 ways", markup=False)
    plain(table)
    plain("unseen: no recipe trains on anything like it. The means leave the clean images out.", style="dim")
    if robustness.learned:
        plain("This model learned from the clean images; --split test has images that it did not.", style="dim")
