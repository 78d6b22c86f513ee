"""`digitscope compare`: the experiment, MLP against CNN."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from digitscope.cli import output

if TYPE_CHECKING:
    from rich.table import Table

    from digitscope.evaluation import Comparison, Pairwise
    from digitscope.mnist import MNIST

READ = 10  # test images shown at the end


def compare(
    models: list[str] = typer.Argument(
        None,
        metavar="[MODEL]...",
        help="Two or more recipes, which are trained, or model files: each against each. By default mlp and cnn.",
    ),
    epochs: int = typer.Option(
        None, min=1, help="Passes over the training images; each recipe's own by default, 5 for mlp and cnn."
    ),
    seed: int = typer.Option(0, help="The first seed."),
    seeds: int = typer.Option(1, min=1, help="How many seeds, counted up from the first."),
    fast: bool = typer.Option(False, "--fast", help="One epoch each, for a first look."),
    held_out: bool = typer.Option(
        False, "--held-out", help="Train again on 55,000 images, for learning curves with held-out accuracy."
    ),
    data: Path = typer.Option(
        None,
        help="MNIST as an npz or the four IDX files, found or downloaded by default; or, with models, digits of your "
        "own to measure on.",
    ),
    out: Path = typer.Option(Path("runs/compare"), help="The folder for runs and report."),
    resume: bool = typer.Option(False, "--resume", help="Continue a call that was interrupted."),
    force: bool = typer.Option(False, "--force", help="Replace the runs that are in the folder."),
    as_json: bool = typer.Option(False, "--json", help="Print everything as one JSON object."),
) -> None:
    """Train the reference MLP and CNN, compare them, and write the report; or compare the models that are named."""
    from digitscope.cli import own as own_digits
    from digitscope.cli.progress import training
    from digitscope.errors import UsageError
    from digitscope.evaluation import compare as run_comparison
    from digitscope.evaluation import compare_models
    from digitscope.mnist import load_mnist
    from digitscope.mnist.files import is_mnist

    if models:
        if held_out:
            raise UsageError(
                "--held-out belongs to the comparison of mlp and cnn. Expected no models with it. "
                f"Received: models={models!r}"
            )
        own = data is not None and not is_mnist(data)
        with output.resumable(), training() as progress:
            pairwise = compare_models(
                models,
                epochs=1 if fast else epochs,
                seed=seed,
                seeds=seeds,
                out=out,
                resume=resume,
                force=force,
                data=load_mnist(None if own else data),
                own=own_digits.load(data) if own else None,
                progress=progress,
            )
        if as_json:
            output.print_json(pairwise.to_dict())
        else:
            _print_pairwise(pairwise)
        return
    mnist = load_mnist(data)
    with output.resumable(), training() as progress:
        comparison = run_comparison(
            epochs=1 if fast else epochs or 5,
            seed=seed,
            seeds=seeds,
            held_out=held_out,
            out=out,
            resume=resume,
            force=force,
            data=mnist,
            progress=progress,
        )
    if as_json:
        output.print_json(comparison.to_dict())
        return
    output.stdout.print(_table(comparison))
    _print_findings(comparison)
    _read_some(comparison, mnist)
    output.stdout.print(f"\nreport: {comparison.folder / 'report.html'}", markup=False)


def _table(comparison: "Comparison") -> "Table":
    from rich.table import Table

    from digitscope.evaluation.comparison import MODELS, REFERENCE

    several = len(comparison.seeds) > 1
    table = Table("", *(model.upper() for model in MODELS), box=None)
    columns = [comparison.of(model) for model in MODELS]
    table.add_row("parameters", *(f"{entries[0].parameters:,}" for entries in columns))
    for title, part, reference in (
        ("train accuracy, running mean", "train_running", "train"),
        ("train accuracy, finished", "train", None),
        ("test accuracy", "test", "test"),
    ):
        cells = []
        for model, entries in zip(MODELS, columns, strict=True):
            spread = comparison.spread(model, part)
            text = f"{spread.mean:.2%}"
            if several:
                text += f" ± {spread.deviation:.2%} ({spread.low:.2%} to {spread.high:.2%})"
            elif part == "test":
                text += f" ({entries[0].test.low:.2%} to {entries[0].test.high:.2%})"
            if reference:
                text += f", original {REFERENCE[model][reference]:.1%}"
            cells.append(text)
        table.add_row(title, *cells)
    table.add_row("training", *(f"{sum(e.seconds for e in entries) / len(entries):.1f} s" for entries in columns))
    table.add_row("model file", *(f"{entries[0].size / 1000:,.0f} kB" for entries in columns))
    table.add_row("time for one image", *(f"{entries[0].microseconds:.0f} µs" for entries in columns))
    return table


def _print_findings(comparison: "Comparison") -> None:
    plain = output.stdout.print
    if len(comparison.seeds) > 1:
        plain("mean ± standard deviation (range) over the seeds", style="dim")
    else:
        plain("in brackets: 95 % Wilson interval", style="dim")
    plain()
    for seed, p in zip(comparison.seeds, comparison.paired, strict=True):
        plain(
            f"seed {seed}: both right {p.both:,}, only the MLP {p.only_first:,}, only the CNN {p.only_second:,}, "
            f"neither {p.neither:,}; exact McNemar p = {p.p:.2g}"
        )
    if len(comparison.seeds) > 1:
        for model in ("mlp", "cnn"):
            for title, part in (("test", "test"), ("train", "train_running")):
                within = "within" if comparison.reference_within(model, part) else "outside"
                plain(f"the original's {title} accuracy, given to 0.1 %, is {within} the range of the {model.upper()}")
    plain(f"\n{comparison.conclusion}", style="bold")


def _read_some(comparison: "Comparison", mnist: "MNIST") -> None:
    """Read the first test images with the CNN's model file, in ONNX Runtime."""
    from digitscope.reading.reader import Recognizer

    path = comparison.of("cnn")[0].run.model
    probabilities = Recognizer(path).classify(mnist.test_images[:READ])
    read = " ".join(str(digit) for digit in probabilities.argmax(axis=1))
    truth = " ".join(str(digit) for digit in mnist.test_labels[:READ])
    output.stdout.print(f"\n{path} reads the first {READ} test images in ONNX Runtime:", markup=False)
    output.stdout.print(
        f"  read   {read}\n  truth  {truth}\n  lowest confidence of these: P = {probabilities.max(axis=1).min():.3f}"
    )


def _print_pairwise(pairwise: "Pairwise") -> None:
    """Each model's accuracy, and each pair's test."""
    from rich.table import Table

    short = shortest({each.name for each in pairwise.contenders})
    titles = {each.title: each.title.replace(each.name, short[each.name], 1) for each in pairwise.contenders}
    table = Table("model", "parameters", "accuracy", "95 % interval", "training", box=None)
    for each in sorted(pairwise.contenders, key=lambda each: -each.accuracy.count):
        seconds = "" if each.seconds is None else f"{each.seconds:.1f} s"
        interval = f"{each.accuracy.low:.2%} to {each.accuracy.high:.2%}"
        title = output.rich_escape(titles[each.title])
        table.add_row(title, f"{each.parameters:,}", f"{each.accuracy.value:.2%}", interval, seconds)
    pairs = Table("first", "second", "only first right", "only second", "p", "p, Holm", "better", box=None)
    for pair in pairwise.pairs:
        names = (output.rich_escape(titles[name]) for name in (pair.first, pair.second))
        counts = (f"{pair.paired.only_first:,}", f"{pair.paired.only_second:,}")
        better = output.rich_escape(titles[pair.better]) if pair.better else "cannot tell"
        pairs.add_row(*names, *counts, f"{pair.paired.p:.2g}", f"{pair.p_holm:.2g}", better)
    plain = output.stdout.print
    plain(f"{pairwise.contenders[0].accuracy.total:,} images from {pairwise.source}\n", markup=False)
    output.print_table(table)
    plain()
    output.print_table(pairs)
    plain(f"\nexact McNemar tests; Holm's correction for {len(pairwise.pairs)} pairs", style="dim")


def shortest(names: Iterable[str]) -> dict[str, str]:
    """Of each path as few of its last parts as tell it from the others: runs/a-0/model.onnx is a-0/model.onnx."""
    parts = {name: Path(name).parts for name in names}

    def short(name: str) -> str:
        others = [other for each, other in parts.items() if each != name]
        return next(
            (
                str(Path(*parts[name][-count:]))
                for count in range(1, len(parts[name]) + 1)
                if all(parts[name][-count:] != other[-count:] for other in others)
            ),
            name,
        )

    return {name: short(name) for name in parts}
