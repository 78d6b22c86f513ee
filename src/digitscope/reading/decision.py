"""What each detection is, decided by one network from all evidence: `decide(evidence)`."""

import functools

from digitscope import models
from digitscope.arrays import Floats


def decide(evidence: Floats) -> Floats:
    """P(each digit) and P(not a digit), float32 [N, 11], from `evidence.gather`'s float32 [N, EVIDENCE]."""
    return network().run(evidence)


@functools.cache
def network() -> models.ModelFile:
    """One a process; its metadata hold both thresholds."""
    return models.load("decision", kind="decision")


def taught_share() -> float:
    """The share of digits among what is found on pages such as the network learned from."""
    return float(network().metadata["metrics"]["found_digits"]["value"])
