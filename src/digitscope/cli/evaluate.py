"""`digitscope evaluate`: a model measured on MNIST's test images."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.evaluation import Evaluation


def evaluate(
    model: str = typer.Argument(..., help="A shipped model's name, or an .onnx or .keras file.", show_default=False),
    data: Path = typer.Option(None, help="MNIST as an npz or the four IDX files; found or downloaded by default."),
    as_json: bool = typer.Option(False, "--json", help="Print everything as one JSON object."),
) -> None:
    """Measure a model on the test images: accuracy, each digit, confusion, calibration and the worst mistakes."""
    from digitscope.evaluation import evaluate as evaluate_model
    from digitscope.mnist import load_mnist

    evaluation = evaluate_model(model, data=load_mnist(data))
    if as_json:
        output.print_json(evaluation.to_dict())
    else:
        _print(evaluation)


def _print(evaluation: "Evaluation") -> None:
    from rich.table import Table

    plain = output.stdout.print
    plain(f"{evaluation.model}: {evaluation.accuracy.total:,} test images", markup=False)
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
