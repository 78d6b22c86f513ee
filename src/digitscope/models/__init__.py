"""The model file as a contract, and the shipped weights, each with its card: `models.load("cnn")`."""

from digitscope.models.file import (
    CHUNK,
    CORRUPTED,
    EVIDENCE,
    KINDS,
    WEIGHTS,
    Layer,
    ModelFile,
    given_digit,
    load,
    locate,
    names,
    rejection,
    run,
    save,
    set_threads,
    with_rejection,
)

__all__ = [
    "CHUNK",
    "CORRUPTED",
    "EVIDENCE",
    "KINDS",
    "WEIGHTS",
    "Layer",
    "ModelFile",
    "given_digit",
    "load",
    "locate",
    "names",
    "rejection",
    "run",
    "save",
    "set_threads",
    "with_rejection",
]
