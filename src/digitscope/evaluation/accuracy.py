"""How well a model answers: `evaluate("cnn")`, `evaluate("runs/cnn-0/model.keras")`. Only the latter needs Keras."""

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from digitscope.arrays import Floats, Labels
from digitscope.errors import ModelFileError
from digitscope.mnist import MNIST, load_mnist
from digitscope.models.file import given_digit, rejection
from digitscope.reading.labelled import Labelled
from digitscope.reading.reader import Recognizer
from digitscope.statistics import (
    BINS,
    Share,
    brier_score,
    calibration_error,
    confusion_matrix,
    log_loss,
    share,
)

if TYPE_CHECKING:
    from digitscope.training import Run

WORST = 20  # mistakes listed
KERAS_BATCH = 256  # images per step of keras.predict


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 of one digit class."""

    digit: int
    precision: Share
    recall: Share
    f1: float

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "digit": self.digit,
            "precision": self.precision.to_dict(),
            "recall": self.recall.to_dict(),
            "f1": self.f1,
        }


@dataclass(frozen=True)
class Mistake:
    """One misread test image, with the probabilities of the model's answer and of the label."""

    index: int
    label: int
    answer: int
    p_answer: float
    p_label: float


@dataclass(frozen=True)
class Evaluation:
    """Everything measured about a model's answers on labelled images."""

    model: str
    accuracy: Share  # the argmax over the ten digits
    false_rejections: Share | None  # digits above the rejection threshold; None for a .keras file, which has none
    digits: tuple[ClassScores, ...] = field(repr=False)
    confusion: tuple[tuple[int, ...], ...] = field(repr=False)  # [true][answer]
    log_loss: float
    brier_score: float
    calibration_error: float  # over `bins` of equal mass
    bins: int = field(repr=False)
    worst: tuple[Mistake, ...] = field(repr=False)  # lowest P of the label first
    skipped: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # own files that could not be read, and why

    def __str__(self) -> str:
        return f"{self.model}: accuracy {self.accuracy} on {self.accuracy.total:,} images"

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "model": self.model,
            "accuracy": self.accuracy.to_dict(),
            "false_rejections": self.false_rejections.to_dict() if self.false_rejections else None,
            "digits": [digit.to_dict() for digit in self.digits],
            "confusion": [list(row) for row in self.confusion],
            "log_loss": self.log_loss,
            "brier_score": self.brier_score,
            "calibration_error": {"value": self.calibration_error, "bins": self.bins, "binning": "equal mass"},
            "worst": [vars(mistake).copy() for mistake in self.worst],
            "skipped": [{"name": name, "reason": reason} for name, reason in self.skipped],
        }

    def to_json(self) -> str:
        """Everything as JSON."""
        return json.dumps(self.to_dict())


def evaluate(model: "str | os.PathLike[str] | Run", *, data: MNIST | Labelled | None = None) -> Evaluation:
    """Measure a model on MNIST's test images, or on digits of one's own.

    Args:
        model: a shipped name, the path of an .onnx or .keras file, or a finished run.
        data: MNIST, if already loaded; or labelled digits, see `reading.labelled`.

    Raises:
        UsageError: no shipped model has that name.
        ModelFileError: the file is missing or is not a model.
        MissingExtraError: a .keras file is given, and the train extra is not installed.
    """
    if not isinstance(model, str | os.PathLike):
        model = model.model
    text = os.fspath(model)
    threshold = None
    if text.endswith(".keras"):
        predictor: Any = _keras_predictor(text)
    else:
        recognizer = Recognizer(model)
        threshold = recognizer.model.threshold
        predictor = recognizer.probabilities
    data = data or load_mnist()
    images, labels = data.test
    evaluation = score(predictor(images), labels, model=text, threshold=threshold)
    return replace(evaluation, skipped=data.skipped) if isinstance(data, Labelled) else evaluation


def score(probabilities: Floats, labels: Labels, *, model: str, threshold: float | None = None) -> Evaluation:
    """Measure probabilities, float32 [N, 10] or [N, 11], against labels, uint8 [N]."""
    digits = given_digit(probabilities)
    answers = digits.argmax(axis=1)
    confusion = confusion_matrix(labels, answers)
    rejected = None if threshold is None else share((rejection(probabilities) > threshold).sum(), len(labels))
    truth = digits[np.arange(len(labels)), labels]
    wrong = np.flatnonzero(answers != labels)
    worst = wrong[np.argsort(truth[wrong], kind="stable")][:WORST]
    return Evaluation(
        model=model,
        accuracy=share(confusion.trace(), len(labels)),
        false_rejections=rejected,
        digits=tuple(_class_scores(digit, confusion) for digit in range(10)),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        log_loss=log_loss(digits, labels),
        brier_score=brier_score(digits, labels),
        calibration_error=calibration_error(digits, labels),
        bins=BINS,
        worst=tuple(
            Mistake(int(i), int(labels[i]), int(answers[i]), float(digits[i].max()), float(truth[i])) for i in worst
        ),
    )


def _class_scores(digit: int, confusion: npt.NDArray[np.int64]) -> ClassScores:
    right, predicted, actual = (
        int(n) for n in (confusion[digit, digit], confusion[:, digit].sum(), confusion[digit].sum())
    )
    f1 = 2 * right / (predicted + actual) if predicted + actual else 0.0
    return ClassScores(digit, share(right, predicted), share(right, actual), f1)


def _keras_predictor(path: str) -> Any:
    if not Path(path).is_file():
        raise ModelFileError(f"There is no such model file. Expected a .keras file. Received: path={path!r}")
    from digitscope.training import backend
    from digitscope.training.fit import network_input

    keras = backend.load()
    try:
        model = keras.saving.load_model(path)
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise ModelFileError(f"The file is not a model that Keras can load. Received: path={path!r}") from error
    return lambda images: model.predict(network_input(images, model), batch_size=KERAS_BATCH, verbose=0)
