"""Writes figures, outputs and help texts into README.md and the docs, from where they are true.

    python benchmarks/render.py            write them
    python benchmarks/render.py --check    say what is out of date, and exit with 1 if anything is

A page marks a place with `<!-- begin: KIND ARGUMENT -->` and `<!-- end -->`; what stands between is replaced by what
the function of that kind in BLOCKS makes. Figures come from benchmarks/results/*.json: nothing is measured here.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from serve_table import serve_table

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
BLOCK = re.compile(
    r"(?P<begin><!-- begin: (?P<kind>\S+)(?: (?P<argument>[^\n]+))? -->\n)(?P<body>.*?)(?P<end><!-- end -->)", re.DOTALL
)

PICTURES: dict[Path, bytes] = {}  # that rendering made, and that differ from those kept


def pages() -> list[Path]:
    """The pages that may hold blocks."""
    docs = ROOT / "docs"
    made = {docs / "_build", docs / "_generated"}
    return [
        ROOT / "README.md",
        ROOT / "benchmarks" / "README.md",
        *sorted(page for page in docs.rglob("*.md") if not made & {*page.parents}),
    ]


def rendered(text: str) -> str:
    """`text` with each block's body made anew."""

    def replace(match: re.Match[str]) -> str:
        body = BLOCKS[match["kind"]](match["argument"] or "")
        return f"{match['begin']}{body.strip()}\n{match['end']}"

    return BLOCK.sub(replace, text)


def help_text(verb: str) -> str:
    """What `digitscope VERB --help` prints."""
    return _console(["digitscope", *verb.split(), "--help"])


def all_help_texts(_: str) -> str:
    """The help text of every verb, each under its heading."""
    return "\n\n".join(f"## digitscope {verb}\n\n{help_text(verb)}" for verb in verbs())


def verb_table(_: str) -> str:
    """Each verb with the first sentence of its help."""
    lines = []
    for verb, text in verbs().items():
        first = " ".join(text.split("\n\n")[0].split())
        lines.append(f"| `digitscope {verb}` | {first} |")
    return "\n".join(["| command | what it does |", "|---|---|", *lines])


def verbs() -> dict[str, str]:
    """Every verb, those of groups too, with its help, in the order of `digitscope --help`."""
    import typer

    from digitscope.cli import app

    found = {}

    def walk(group: Any, prefix: str) -> None:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                walk(command, f"{prefix}{name} ")
            else:
                found[f"{prefix}{name}"] = command.help or ""

    walk(typer.main.get_command(app), "")
    return found


def output(command: str) -> str:
    """A command line and what it prints, run in the repository's root."""
    return _console(command.split())


def python(path: str) -> str:
    """A short program and what it prints."""
    program = (ROOT / path).read_text().strip()
    return f"```python\n{program}\n```\n\n```text\n{_run([sys.executable, path])}\n```"


def file(path: str) -> str:
    """A short file, as it is."""
    return f"```python\n{(ROOT / path).read_text().strip()}\n```"


def picture(argument: str) -> str:
    """An image with what was read on it, saved beside the pages; a width such as 39% may follow the two paths."""
    import digitscope

    source, target, *width = argument.split()
    reading = digitscope.read(ROOT / source)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / Path(target).name
        reading.save_annotated(made)
        if not same_picture(made, ROOT / target):
            PICTURES[ROOT / target] = made.read_bytes()
    text = f"{source}: each digit in a box, with what it was read as: {', '.join(reading.text.split())}"
    return f'<img src="{target}" width="{width[0]}" alt="{text}">' if width else f"![{text}]({target})"


def same_picture(made: Path, kept: Path) -> bool:
    """Another processor may round otherwise, so a little difference is none."""
    import numpy as np
    import PIL.Image

    if not kept.exists():
        return False
    new, old = (np.asarray(PIL.Image.open(path).convert("RGB"), np.float32) for path in (made, kept))
    return new.shape == old.shape and float(np.abs(new - old).mean()) < 1


def compare_table(_: str) -> str:
    """The experiment's table, from benchmarks/results/compare.json."""
    figures = json.loads((RESULTS / "compare.json").read_text())["figures"]
    models = {name: figures["summary"][name] for name in ("mlp", "cnn")}
    seeds, images = figures["seeds"], figures["entries"][0]["test"]["total"]

    def accuracy(part: str, reference: str | None = None) -> list[str]:
        cells = []
        for model in models.values():
            spread = model[part]
            cell = f"{spread['mean']:.2%} ({spread['low']:.2%}–{spread['high']:.2%})"
            cells.append(cell + (f", reference {model['reference'][reference]:.1%}" if reference else ""))
        return cells

    rows = {
        "parameters": [f"{model['parameters']:,}" for model in models.values()],
        "test accuracy": accuracy("test", "test"),
        "train accuracy, running mean of the last epoch": accuracy("train_running", "train"),
        "training": [f"{model['seconds']['mean']:.0f} s" for model in models.values()],
        "one image, ONNX Runtime": [f"{model['microseconds']:.0f} µs" for model in models.values()],
    }
    lines = ["| | MLP | CNN |", "|---|---|---|", *(f"| {name} | {a} | {b} |" for name, (a, b) in rows.items())]
    means = f"Means over seeds {seeds[0]} to {seeds[-1]}, with their range; n = {images:,} test images."
    return "\n".join([*lines, "", " ".join(filter(None, [means, figures.get("note")])), "", figures["conclusion"]])


def mcnemar_table(_: str) -> str:
    """The experiment's paired test for each seed, from benchmarks/results/compare.json."""
    figures = json.loads((RESULTS / "compare.json").read_text())["figures"]
    lines = [
        "| seed | both right | only the MLP | only the CNN | neither | exact McNemar p |",
        "|---|---|---|---|---|---|",
    ]
    for paired in figures["paired"]:
        counts = " | ".join(f"{paired[key]:,}" for key in ("both", "only_mlp", "only_cnn", "neither"))
        lines.append(f"| {paired['seed']} | {counts} | {paired['p']:.1g} |")
    return "\n".join(lines)


def startup(_: str) -> str:
    """Start-up times, from benchmarks/results/startup.json."""
    result = json.loads((RESULTS / "startup.json").read_text())
    rows = [
        f"| `{name}` | {figure['median_s']:.2f} s | {figure['min_s']:.2f}–{figure['max_s']:.2f} s, n = {figure['n']} |"
        for name, figure in result["figures"].items()
    ]
    return "\n".join(["| what | median | range |", "|---|---|---|", *rows])


KINDS = {  # of photos, as benchmarks/external.py has them
    "single": "one digit",
    "pre28": "one digit, about 28×28",
    "multi": "several digits, each right",
    "ood": "no digit, nothing read",
}


def photos_table(_: str) -> str:
    """Photos by each reader, from benchmarks/results/external-photos.json."""
    readers = json.loads((RESULTS / "external-photos.json").read_text())["figures"]
    first = next(iter(readers.values()))
    kinds = [kind for kind in KINDS if kind in first]
    lines = ["| | " + " | ".join(f"{KINDS[kind]} (n = {first[kind]['n']})" for kind in kinds) + " |"]
    lines += ["|---" * (len(kinds) + 1) + "|"]
    for name, found in readers.items():
        lines.append(f"| {name} | " + " | ".join(f"{found[kind]['accuracy']:.1%}" for kind in kinds) + " |")
    return "\n".join(lines)


def pages_table(_: str) -> str:
    """Made `test` pages by paper and distance, from benchmarks/results/pages.json."""
    figures = json.loads((RESULTS / "pages.json").read_text())["figures"]
    lines = ["| made pages | digits | right | rejected | read where there is none |", "|---|---|---|---|---|"]
    for table, names in (("all", "all, at random"), ("paper", "paper: {}"), ("distance", "plain, {} digits")):
        for name, row in figures[table].items():
            low, high = row["interval"]
            lines.append(
                f"| {names.format(name)} | {row['n']:,} | {row['right']:.1%} ({low:.1%}–{high:.1%}) | "
                f"{row['rejected']:.1%} | {row['extra']:.1%} |"
            )
    confidence, rejected = figures["confidence"], figures["mnist_false_rejections"]
    risk = ", ".join(
        f"{error:.1%} of {'all' if share == '1.00' else f'the most confident {float(share):.0%}'}"
        for share, error in confidence["error_at_coverage"].items()
        if share in ("1.00", "0.95", "0.90", "0.80")
    )
    lines += [
        "",
        f"Calibration error {confidence['calibration_error']:.3f} (n = {confidence['n']:,}; 15 bins of equal mass), "
        f"{confidence['calibration_error_hardest_quarter']:.3f} on the hardest quarter of pages. "
        f"Errors among the digits read: {risk}. "
        f"Of MNIST's {rejected['n']:,} test images {rejected['share']:.2%} are rejected as no digit.",
    ]
    return "\n".join(lines)


def reading_speed(_: str) -> str:
    """How long reading takes, from benchmarks/results/reading_speed.json."""
    result = json.loads((RESULTS / "reading_speed.json").read_text())
    lines = ["| what | median | range | peak memory |", "|---|---|---|---|"]
    for name, row in result["figures"].items():
        peak = f"{row['peak_mb']} MB" if "peak_mb" in row else ""
        spread = f"{row['min_s']:.2f}–{row['max_s']:.2f} s, n = {row['n']}"
        lines.append(f"| {name} | {row['median_s']:.2f} s | {spread} | {peak} |")
    return "\n".join(lines)


UNMEASURED = "Still to be measured with these networks."


def saved(name: str) -> dict[str, Any] | None:
    """What a script has saved in benchmarks/results, None where it has not."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.is_file() else None


def forms_table(_: str) -> str:
    """Forms read by field, from benchmarks/results/forms.json."""
    result = saved("forms")
    if result is None:
        return UNMEASURED
    figures = result["figures"]
    names = {
        "all": "all made forms", "scan": "scanned", "photo": "photographed", "mnist": "MNIST's test digits",
        "pens": "real writers who taught nothing",
    }  # fmt: skip
    lines = ["| | fields | right | ok or empty | right among these |", "|---|---|---|---|---|"]
    for key, name in names.items():
        if row := figures.get(key):
            low, high = row["interval_among_sure"]
            sure = f"{row['right_among_sure']:.2%} ({low:.2%}–{high:.2%})"
            lines.append(f"| {name} | {row['n']:,} | {row['right']:.1%} | {row['sure']:.1%} | {sure} |")
    every = figures["all"]
    place = f"Fields in the right place (IoU 0.8 or more): {every['in_place']:.2%}"
    corners = f"forms with no corner of a field more than 2 pixels off at 150 dpi: {every['within_2_px']:.1%}"
    took = f"A page takes {every['seconds_median']:.1f} s on one core."
    found = f"{every['pages']:,} pages, of which {every['found']:,} were found to be the form."
    lines += ["", f"{found} {place}; {corners}. Calibration error {every['calibration_error']:.3f}. {took}"]
    return "\n".join(lines)


def batch_table(_: str) -> str:
    """Images per second of a batch and of other ways, from benchmarks/results/batch.json."""
    result = saved("batch")
    if result is None:
        return UNMEASURED
    figures = result["figures"]
    ways = list(dict.fromkeys(way for row in figures.values() for way in row["per_second"]))
    lines = ["| images per second | " + " | ".join(ways) + " |", "|---|" + "---|" * len(ways)]
    for kind, row in figures.items():
        rates = (f"{row['per_second'][way]:,.1f}" if way in row["per_second"] else "" for way in ways)
        lines.append(f"| {kind} (n = {row['images']:,}) | " + " | ".join(rates) + " |")
    return "\n".join([*lines, "", f"On {result['machine']['cores']} cores."])


def throughput_table(_: str) -> str:
    """Images per second of `classify` and of other ways, from benchmarks/results/throughput.json."""
    result = saved("throughput")
    if result is None:
        return UNMEASURED
    figures = result["figures"]
    batches = list(next(iter(figures["ways"].values()))["per_second"])
    lines = ["| images at once | " + " | ".join(batches) + " | peak memory |", "|---|" + "---|" * (len(batches) + 1)]
    for name, row in figures["ways"].items():
        rates = (
            f"{row['per_second'][count]['median']:,.0f}" if count in row["per_second"] else "" for count in batches
        )
        lines.append(f"| {name} | " + " | ".join(rates) + f" | {row['peak_mb']:,} MB |")
    rounds = next(iter(figures["ways"].values()))["per_second"][batches[-1]]["n"]
    grown = list(figures["growth"].items())
    first, last = grown[0], grown[-1]
    sentences = [
        f"Images per second, median of {rounds} turns, on {result['machine']['cores']} cores.",
        f"`fast` on large batches: {figures['fast_times_onnxruntime_cnn']:.1f} times ONNX Runtime on the reference CNN",
        f"at its best, {figures['fast_times_keras_predict']:.1f} times `keras.predict`; one image takes",
        f"{figures['fast_one_image_share_of_cnn']:.2f} of the reference CNN's time.",
        f"From {first[0]} image to {last[0]}, `fast` takes {1e6 * first[1]['seconds']:.0f} µs to",
        f"{last[1]['seconds']:.1f} s, at a peak of {first[1]['peak_mb']} and {last[1]['peak_mb']:,} MB.",
    ]
    if {"1", "2"} <= figures["threads"].keys():
        one, two = (figures["threads"][count]["median"] for count in ("1", "2"))
        sentences.append(f"Two cores classify {two / one:.2f} times what one does.")
    return "\n".join([*lines, "", " ".join(sentences)])


def networks_table(_: str) -> str:
    """Our recipes over their seeds, from benchmarks/results/network-*.json, the reference pair, and the ensemble."""
    lines = [
        "| network | parameters | epochs | test accuracy | range | n | training |",
        "|---|---|---|---|---|---|---|",
    ]

    compare = json.loads((RESULTS / "compare.json").read_text())["figures"]
    seeds = len(compare["seeds"])

    def add(name: str, figures: dict[str, Any], seconds: float | None = None) -> None:
        test = figures["test"]
        deviation = f" ± {test['deviation']:.2%}" if test["deviation"] is not None else ""
        spread = f"{test['mean']:.2%}{deviation} | {test['low']:.2%}–{test['high']:.2%} | {test.get('n', seeds)}"
        parameters, epochs = (f"{figures[key]:,}" if key in figures else "–" for key in ("parameters", "epochs"))
        lines.append(
            f"| {name} | {parameters} | {epochs} | {spread} | " + ("– |" if seconds is None else f"{seconds:.0f} s |")
        )

    for name, values in compare["summary"].items():
        add(name, {**values, "epochs": compare["epochs"]}, values["seconds"]["mean"])
    results = {path.stem.removeprefix("network-"): path for path in sorted(RESULTS.glob("network-*.json"))}
    for name, path in sorted(results.items(), key=lambda each: each[0] == "ensemble"):
        figures = json.loads(path.read_text())["figures"]
        if name == "ensemble":
            add(f"ensemble of {' and '.join(figures['members'])}", figures)
        else:
            add(name, figures, figures["seconds"]["mean"] if figures["quiet"] else None)
    return "\n".join(lines)


def training_time(_: str) -> str:
    """Training `fast` beside the plain Keras script, from benchmarks/results/training_time.json."""
    path = RESULTS / "training_time.json"
    if not path.is_file():
        return "Still to be measured."
    figures = json.loads(path.read_text())["figures"]
    seconds = figures["seconds"]
    told = {name: f"{statistics.median(times):.1f} s (n = {len(times)})" for name, times in seconds.items()}
    return (
        f"All of `digitscope train fast`, import to model file, takes {told['fast']}; the plain Keras script with the "
        f"reference CNN (`reference.py`) {told['reference']}, {figures['ratio']:.1f} times as long, in turns with it."
    )


def network_plot(argument: str) -> str:
    """A plot of networks, saved as an SVG that the page shows."""
    from digitscope.training import backend

    backend.load()  # quietly: the experiments' plots stand beside what trains
    import network_plots

    what, target = argument.split()
    text = network_plots.draw(what).encode()
    path = ROOT / target
    if not path.exists() or path.read_bytes() != text:
        PICTURES[path] = text
    return f"![test error against {what}, both axes logarithmic]({Path(target).relative_to('benchmarks')})"


def corruptions_table(_: str) -> str:
    """Each shipped classifier under each corruption, from benchmarks/results/corruptions.json."""
    figures = json.loads((RESULTS / "corruptions.json").read_text())["figures"]
    lines = ["| | " + " | ".join(figures) + " |", "|---" * (len(figures) + 1) + "|"]
    first = next(iter(figures.values()))
    rows: dict[str, list[float]] = {"clean": [each["clean"]["value"] for each in figures.values()]}
    for name, score in first["corrupted"].items():
        title = f"{name} (unseen)" if score["unseen"] else name
        rows[title] = [each["corrupted"][name]["value"] for each in figures.values()]
    for title, key in (
        ("**mean of all 15**", "mean"),
        ("mean of the other 10", "related"),
        ("mean of the 5 unseen", "unseen"),
    ):
        rows[title] = [each[key]["value"] for each in figures.values()]
    lines += [f"| {title} | " + " | ".join(f"{value:.1%}" for value in row) + " |" for title, row in rows.items()]
    return "\n".join(lines)


def served(_: str) -> str:
    """How the service holds out, from benchmarks/results/serve.json."""
    path = RESULTS / "serve.json"
    if not path.exists():
        return "Not yet measured on a quiet machine: `python benchmarks/serve.py --save` does it, in six minutes."
    return serve_table(json.loads(path.read_text()))


BLOCKS: dict[str, Callable[[str], str]] = {
    "batch-table": batch_table,
    "compare-table": compare_table,
    "corruptions-table": corruptions_table,
    "file": file,
    "forms-table": forms_table,
    "help": help_text,
    "help-of-all": all_help_texts,
    "mcnemar-table": mcnemar_table,
    "network-plot": network_plot,
    "networks-table": networks_table,
    "output": output,
    "pages-table": pages_table,
    "photos-table": photos_table,
    "picture": picture,
    "python": python,
    "reading-speed": reading_speed,
    "serve-table": served,
    "startup": startup,
    "throughput-table": throughput_table,
    "training-time": training_time,
    "verbs": verb_table,
}


def _console(command: list[str]) -> str:
    return f"```console\n$ {' '.join(command)}\n{_run(command)}\n```"


def _run(command: list[str]) -> str:
    """What the command prints to a pipe 80 columns wide."""
    environment = {**os.environ, "COLUMNS": "80", "LINES": "40", "TERM": "dumb", "NO_COLOR": "1"}
    for forces in ("FORCE_COLOR", "PY_COLORS", "CLICOLOR_FORCE", "GITHUB_ACTIONS"):  # color, or another width
        environment.pop(forces, None)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def main(arguments: list[str]) -> int:
    stale = 0
    PICTURES.clear()
    for page in pages():
        text = page.read_text()
        new = rendered(text)
        if new == text:
            continue
        if "--check" in arguments:
            stale += 1
            print(f"{page.relative_to(ROOT)} is out of date: run `make render` and look at what changed")
        else:
            page.write_text(new)
            print(f"{page.relative_to(ROOT)}: written")
    for path, content in PICTURES.items():
        if "--check" in arguments:
            stale += 1
            print(f"{path.relative_to(ROOT)} is out of date: run `make render` and look at it")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            print(f"{path.relative_to(ROOT)}: written")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
