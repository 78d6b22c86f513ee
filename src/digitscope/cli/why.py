"""`digitscope why`: the experiments behind "the CNN does better with fewer parameters"."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.experiments import Experiment, Result

MARKS = {"holds": "[green]holds[/]", "fails": "[red]fails[/]", "open": "[yellow]open [/]"}


def why(
    name: Annotated[
        str | None,
        typer.Argument(help="shuffled, shifts, parameters, data, parts or first-layer; all six by default."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each network, with the seeds 0, 1, 2, …")] = 3,
    fast: Annotated[bool, typer.Option("--fast", help="A fifth of the training; all six in a few minutes.")] = False,
    out: Annotated[Path, typer.Option(help="The folder for results, plots and finished runs.")] = Path("runs/why"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as one JSON object.")] = False,
) -> None:
    """Test why the CNN wins: train, measure, and report whether each claim holds.

    Finished training runs are kept in --out and reused, so an interrupted call continues where it stopped. Delete the
    folder to start again.
    """
    from digitscope.training import backend

    backend.load()  # silent, or the error that says what to install
    from digitscope import experiments

    names = list(experiments.EXPERIMENTS) if name is None else [name]
    results: dict[str, Any] = {}
    with output.stderr.status("loading") as status:  # shows on a terminal only
        for each in names:
            result = experiments.run(each, seeds=seeds, fast=fast, folder=out, report=status.update)
            experiment = experiments.EXPERIMENTS[each]
            results[each] = result.to_dict(experiment)
            if not as_json:
                _show(experiment, result, out)
    if as_json:
        output.print_json(results)


def _show(experiment: "Experiment", result: "Result", out: Path) -> None:
    """Claim, prediction, figures, checks, verdict and files of one experiment."""
    from rich.table import Table

    output.stdout.print(f"\n[bold]{experiment.title}[/]  ({experiment.name})")
    output.stdout.print(f"claim       {experiment.claim}\nprediction  {experiment.prediction}\n")
    figures = experiment.table(result.figures)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for i, column in enumerate(figures.columns):
        table.add_column(column, justify="left" if i == 0 else "right")
    for row in figures.rows:
        table.add_row(*(output.rich_escape(cell) for cell in row))
    output.stdout.print(table)
    output.stdout.print()
    for check in experiment.judge(result.figures):
        output.stdout.print(f"{MARKS[check.outcome]}  {check.says}: {output.rich_escape(check.figure_text())}")
    record = result.record
    seeds = len(record["seeds"])
    known = "95 % intervals" if seeds > 1 else "no intervals: how much seeds differ takes two or more"
    output.stdout.print(
        f"\n[bold]verdict: the claim {_sentence(result.verdict(experiment))}[/]  ({seeds} seed{'s' * (seeds > 1)}, "
        f"{record['steps']} steps of {record['batch']} images, {record['test_images']:,} test images, "
        f"{known})"
    )
    output.stdout.print(f"{out / f'why-{experiment.name}.svg'}\n{out / f'why-{experiment.name}.json'}")


def _sentence(verdict: str) -> str:
    return {"holds": "holds", "fails": "does not hold as stated", "open": "is open: these figures cannot tell"}[verdict]
