"""The recipes beyond the reference pair, each over several seeds: test accuracy, time, and their spread.

    python benchmarks/networks.py fast [--seeds 5] [--out runs/networks] [--set NAME=VALUE] [--save]
    python benchmarks/networks.py valid3 valid5 valid7 --seeds 3 --ensemble --save

Finished runs in --out are taken as they are, and one that was interrupted goes on, so that a long run can be taken up
again. --ensemble also averages the probabilities of all networks with the same seed. Seed 0 is the one to ship.
"""

import argparse
import statistics
from typing import Any

import numpy as np

import measured
from digitscope import load_mnist, models
from digitscope.cli.progress import training
from digitscope.reading.reader import Recognizer
from digitscope.statistics import share
from digitscope.training import Run, recipes, train


def spread(values: list[float]) -> dict[str, Any]:
    """How many runs, their mean, standard deviation, lowest and highest."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return {
        "n": len(values),
        "mean": statistics.fmean(values),
        "deviation": deviation,
        "low": min(values),
        "high": max(values),
        "values": values,
    }


def figures_of(runs: list[Run]) -> dict[str, Any]:
    """One recipe's figures over its seeds."""
    return {
        "parameters": models.load(runs[0].model).parameters,
        "epochs": runs[0].recipe.epochs,
        "test": spread([run.share("test").value for run in runs]),
        "seconds": spread([run.seconds for run in runs]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", default="runs/networks")
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument("--ensemble", action="store_true")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/network-NAME.json")
    args = parser.parse_args()
    quiet = measured.quiet()
    mnist = load_mnist()
    together = np.zeros((args.seeds, len(mnist.test_labels), 10))
    for name in args.recipes:
        recipe = recipes.named(name, args.overrides)
        with training() as progress:
            runs = [
                train(recipe, seed=seed, out=args.out, resume=True, data=mnist, progress=progress)
                for seed in range(args.seeds)
            ]
        figures = figures_of(runs)
        test = figures["test"]
        print(f"{name}: {figures['parameters']:,} parameters, test {test['mean']:.3%}, {test['low']:.2%} to ", end="")
        print(f"{test['high']:.2%}, n = {test['n']}; {figures['seconds']['mean']:.0f} s each")
        if not quiet:
            figures["note"] = "Other work shared the machine: the seconds say little."
            print(figures["note"])
        if args.save:
            measured.save(f"network-{name}", {**figures, "quiet": quiet})
        if args.ensemble:
            together += np.stack([Recognizer(run.model).classify(mnist.test_images) for run in runs])
    if args.ensemble:
        right = (together.argmax(axis=-1) == mnist.test_labels).sum(axis=1).tolist()
        figures = {"members": args.recipes, "test": spread([count / len(mnist.test_labels) for count in right])}
        print("ensemble:", *(str(share(count, len(mnist.test_labels))) for count in right), sep="\n  ")
        if args.save:
            measured.save("network-ensemble", figures)


if __name__ == "__main__":
    main()
