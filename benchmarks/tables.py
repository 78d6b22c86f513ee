"""Tables in Markdown of what the benchmarks saved in benchmarks/results: `table("pages-table")`."""

import json
import statistics
from collections.abc import Callable
from typing import Any

from measured import RESULTS
from serve_table import serve_table

Result = dict[str, Any]  # what `measured.save` has written

UNMEASURED = "Still to be measured."


def compare_table(result: Result) -> str:
    """The experiment's table."""
    figures = result["figures"]
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


def mcnemar_table(result: Result) -> str:
    """The experiment's paired test for each seed."""
    figures = result["figures"]
    lines = [
        "| seed | both right | only the MLP | only the CNN | neither | exact McNemar p |",
        "|---|---|---|---|---|---|",
    ]
    for paired in figures["paired"]:
        counts = " | ".join(f"{paired[key]:,}" for key in ("both", "only_mlp", "only_cnn", "neither"))
        lines.append(f"| {paired['seed']} | {counts} | {paired['p']:.1g} |")
    return "\n".join(lines)


def startup(result: Result) -> str:
    """Start-up times."""
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


def photos_table(result: Result) -> str:
    """Photos by each reader."""
    readers = result["figures"]
    first = next(iter(readers.values()))
    kinds = [kind for kind in KINDS if kind in first]
    lines = ["| | " + " | ".join(f"{KINDS[kind]} (n = {first[kind]['n']})" for kind in kinds) + " |"]
    lines += ["|---" * (len(kinds) + 1) + "|"]
    for name, found in readers.items():
        lines.append(f"| {name} | " + " | ".join(f"{found[kind]['accuracy']:.1%}" for kind in kinds) + " |")
    if calibration := first.get("calibration"):
        error, n = calibration["error"], calibration["n"]
        lines += ["", f"Calibration error of digitscope on all of them {error:.3f} (n = {n:,} digits that were read)."]
    return "\n".join(lines)


def pages_table(result: Result) -> str:
    """Made `test` pages by paper and distance."""
    figures = result["figures"]
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


def reading_speed(result: Result) -> str:
    """How long reading takes."""
    lines = ["| what | median | range | peak memory |", "|---|---|---|---|"]
    for name, row in result["figures"].items():
        peak = f"{row['peak_mb']} MB" if "peak_mb" in row else ""
        spread = f"{row['min_s']:.2f}–{row['max_s']:.2f} s, n = {row['n']}"
        lines.append(f"| {name} | {row['median_s']:.2f} s | {spread} | {peak} |")
    return "\n".join(lines)


def forms_table(result: Result) -> str:
    """Forms read by field."""
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


def batch_table(result: Result) -> str:
    """Images per second of a batch and of other ways."""
    figures = result["figures"]
    ways = list(dict.fromkeys(way for row in figures.values() for way in row["per_second"]))
    lines = ["| images per second | " + " | ".join(ways) + " |", "|---|" + "---|" * len(ways)]
    for kind, row in figures.items():
        rates = (f"{row['per_second'][way]:,.1f}" if way in row["per_second"] else "" for way in ways)
        lines.append(f"| {kind} (n = {row['images']:,}) | " + " | ".join(rates) + " |")
    return "\n".join([*lines, "", f"On {result['machine']['cores']} cores."])


def throughput_table(result: Result) -> str:
    """Images per second of `classify` and of other ways."""
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


def networks_table(result: Result) -> str:
    """Our recipes over their seeds, the reference pair, and the ensemble."""
    lines = [
        "| network | parameters | epochs | test accuracy | range | n | training |",
        "|---|---|---|---|---|---|---|",
    ]

    compare = result["figures"]
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


def training_time(result: Result) -> str:
    """Training `fast` beside the plain Keras script."""
    figures = result["figures"]
    seconds = figures["seconds"]
    told = {name: f"{statistics.median(times):.1f} s (n = {len(times)})" for name, times in seconds.items()}
    return (
        f"All of `digitscope train fast`, import to model file, takes {told['fast']}; the plain Keras script with the "
        f"reference CNN (`reference.py`) {told['reference']}, {figures['ratio']:.1f} times as long, in turns with it."
    )


def corruptions_table(result: Result) -> str:
    """Each shipped classifier under each corruption."""
    figures = result["figures"]
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


TABLES: dict[str, tuple[str, Callable[[Result], str]]] = {  # by kind of block: whose results, and how they are told
    "batch-table": ("batch", batch_table),
    "compare-table": ("compare", compare_table),
    "corruptions-table": ("corruptions", corruptions_table),
    "forms-table": ("forms", forms_table),
    "mcnemar-table": ("compare", mcnemar_table),
    "networks-table": ("compare", networks_table),
    "pages-table": ("pages", pages_table),
    "photos-table": ("external-photos", photos_table),
    "reading-speed": ("reading_speed", reading_speed),
    "serve-table": ("serve", serve_table),
    "startup": ("startup", startup),
    "throughput-table": ("throughput", throughput_table),
    "training-time": ("training_time", training_time),
}


def table(kind: str, _: str = "") -> str:
    """A block's body; it takes no argument."""
    name, told = TABLES[kind]
    path = RESULTS / f"{name}.json"
    return told(json.loads(path.read_text())) if path.is_file() else UNMEASURED
