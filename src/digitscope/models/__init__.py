"""The model file as a contract, and the shipped weights, each with its card: `models.load("cnn")`."""

from digitscope.models.file import (
    WEIGHTS,
    Layer,
    ModelFile,
    given_digit,
    load,
    locate,
    names,
    rejection,
    save,
)

__all__ = ["WEIGHTS", "Layer", "ModelFile", "given_digit", "load", "locate", "names", "rejection", "save"]
