"""Choose the MNIST test images that the page offers to start from: python benchmarks/samples.py

Writes src/digitscope/web/static/views/samples.js: the first image of each digit that both shipped networks read right,
and the first ones that the MLP, both, or the CNN alone read wrong.
"""

import base64
import json
from pathlib import Path

import numpy as np

from digitscope import mnist, models
from digitscope.arrays import Labels
from digitscope.mnist import MNIST

TARGET = Path(__file__).resolve().parents[1] / "src" / "digitscope" / "web" / "static" / "views" / "samples.js"
WRONG = {"mlp": 7, "both": 4, "cnn": 4}  # how many of the images that the MLP alone, both or the CNN alone misread
HEAD = f"""\
// MNIST test images to start from, chosen by benchmarks/samples.py. {mnist.LICENSE}.
// `mlp` and `cnn` are what the shipped networks answer, `label` is what was written.

"""
TAIL = """
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
export const SAMPLES = CHOSEN.map(({ pixels, ...sample }) => ({ ...sample, pixels: bytes(pixels) }));
"""


def answers(data: MNIST) -> dict[str, Labels]:
    """What each network answers for each test image: {"mlp": int64 [10000], "cnn": ...}."""
    return {name: models.load(name).run(data.test_images).argmax(axis=1) for name in ("mlp", "cnn")}


def choose(labels: Labels, mlp: Labels, cnn: Labels) -> list[int]:
    """Which test images: ten read right by both, in the digits' order, then the mistakes."""
    wrong = {"mlp": (mlp != labels) & (cnn == labels), "both": (mlp != labels) & (cnn != labels)}
    wrong["cnn"] = (cnn != labels) & (mlp == labels)
    right = [int(np.flatnonzero((labels == d) & (mlp == d) & (cnn == d))[0]) for d in range(10)]
    return right + [int(i) for kind, count in WRONG.items() for i in np.flatnonzero(wrong[kind])[:count]]


def script(data: MNIST) -> str:
    """samples.js."""
    given = answers(data)
    chosen = choose(data.test_labels, given["mlp"], given["cnn"])
    records = [
        {
            "index": i,
            "label": int(data.test_labels[i]),
            **{name: int(answer[i]) for name, answer in given.items()},
            "pixels": base64.b64encode(data.test_images[i].tobytes()).decode(),
        }
        for i in chosen
    ]
    lines = ",\n".join(f"  {json.dumps(record)}" for record in records)
    return f"{HEAD}const CHOSEN = [\n{lines},\n];\n{TAIL}"


def main() -> None:
    TARGET.write_text(script(mnist.load_mnist()))
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
