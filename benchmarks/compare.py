"""The experiment over five seeds, none left out: python benchmarks/compare.py

Writes benchmarks/results/compare.json. Takes about two minutes a seed on 2 cores; finished runs in runs/compare are
used again, so it can be stopped and started.
"""

from digitscope.learn import compare
from measured import save

SEEDS = 5


def main() -> None:
    comparison = compare(seeds=SEEDS, out="runs/compare", resume=True)
    print(comparison)
    save("compare", comparison.to_dict())


if __name__ == "__main__":
    main()
