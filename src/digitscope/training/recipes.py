"""Each recipe a frozen record: which network, on which data, learns how. `named("cnn", ["epochs=1"])`.

A recipe is all that decides a network's weights, together with a seed.
"""

import dataclasses
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from digitscope.errors import UsageError, unknown
from digitscope.models.file import KINDS
from digitscope.synthesis.distortion import Distortion
from digitscope.training import modules
from digitscope.training.data import DATA, Data, Distorted, Found, Glyphs, Mnist, Tiles, check_range, check_ranges

OPTIMIZERS = ("rmsprop", "adam", "adamw", "sgd")
SCHEDULES = ("constant", "cosine", "one-cycle")
PRECISIONS = ("float32", "bfloat16")
FIXED = ("name", "kind")  # what an override cannot change


@dataclass(frozen=True)
class Recipe:
    """What decides a network's weights.

    Args:
        name: what runs and model files are called.
        network: one of `networks.NETWORKS`, or the path of a Python file that defines `layers`.
        kind: what the model file is: one of `models.KINDS`.
        data: where samples come from: one of the records of `data.DATA`.
        loss: one of `losses.LOSSES`.
        classes: 10, or 11 where the last class is "not a digit".
        epochs: passes over the data, 1 to 1,000.
        batch_size: samples a step, 1 to 60,000.
        optimizer: one of OPTIMIZERS, with Keras's defaults but for what is named here.
        learning_rate: at the start, or after the warm-up, above 0 and at most 10.
        schedule: constant, or down to 0 by the last step: in a cosine's half wave, or in a straight line (one-cycle).
        warmup: the share of all steps in which the learning rate rises from a twentieth to the whole; not constant.
        weight_decay: what each step takes off the weights, as a share of the learning rate.
        average: the momentum of an exponential moving average of the weights, which then are the run's; 0 is none.
        label_smoothing: the share of each label that is spread over all classes.
        precision: float32, or bfloat16: half the time where processors have it, weights stay float32.
        start: what to go on from: a shipped name, or the path of a model file or a finished run; fresh weights where
            it is empty.
        threshold: above this rejection (1 − max P, or P(class 10)) a glyph is not a digit.
        confidence_threshold: below this confidence a digit is doubtful.

    Raises:
        UsageError: a field is of another type, outside its range or not among its choices.
    """

    name: str
    network: str
    kind: str = "classifier"
    data: Data = field(default_factory=Mnist)
    loss: str = "categorical_crossentropy"
    classes: int = 10
    epochs: int = 5
    batch_size: int = 60
    optimizer: str = "rmsprop"
    learning_rate: float = 0.001
    schedule: str = "constant"
    warmup: float = 0.0
    weight_decay: float = 0.0
    average: float = 0.0
    label_smoothing: float = 0.0
    precision: str = "float32"
    start: str = ""
    threshold: float = 0.5
    confidence_threshold: float = 0.0

    def __post_init__(self) -> None:
        _check_types(self)
        if not self.name or "/" in self.name or os.sep in self.name:
            raise UsageError(f"A run's name is one part of a path. Expected no separator. Received: name={self.name!r}")
        if not isinstance(self.data, Data):
            records = ", ".join(f"{record.__name__}()" for record in DATA.values())
            raise UsageError(f"The data are none. Expected one of {records}. Received: data={self.data!r}")
        if self.kind != self.data.kind:
            raise UsageError(
                f"The data teach another kind of network. Expected kind={self.data.kind!r}. "
                f"Received: kind={self.kind!r}, data={self.data.source!r}"
            )
        choices_of = {"kind": KINDS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES, "precision": PRECISIONS}
        for name, choices in choices_of.items():
            if getattr(self, name) not in choices:
                raise unknown(name, getattr(self, name), choices)
        check_ranges(self.data)
        check_range("classes", self.classes, 10, 11)
        check_range("epochs", self.epochs, 1, 1_000)
        check_range("batch_size", self.batch_size, 1, 60_000)
        check_range("learning_rate", self.learning_rate, 1e-9, 10)
        for name in ("warmup", "weight_decay", "average", "label_smoothing", "threshold", "confidence_threshold"):
            check_range(name, getattr(self, name), 0, 1)

    def to_dict(self) -> dict[str, Any]:
        """All fields, ready for JSON; `data` holds the name of its source too."""
        return {**dataclasses.asdict(self), "data": {"source": self.data.source, **dataclasses.asdict(self.data)}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Recipe":
        """The inverse of `to_dict`."""
        choices = dict(values["data"])
        return cls(**{**values, "data": _record(DATA[choices.pop("source")], choices)})


def _record(kind: Any, values: Mapping[str, Any]) -> Any:
    """The record that `dataclasses.asdict` made `values` of."""
    nested = {f.name: f.type for f in dataclasses.fields(kind) if dataclasses.is_dataclass(f.type)}
    return kind(**{name: _record(nested[name], v) if name in nested else v for name, v in values.items()})


_KINDS = {int: "a whole number", float: "a number", str: "text"}


def _check_types(record: Any) -> None:
    for f in dataclasses.fields(record):
        value = getattr(record, f.name)
        if dataclasses.is_dataclass(value):
            _check_types(value)
        elif f.type in _KINDS:
            fits = isinstance(value, int | float) if f.type is float else isinstance(value, f.type)
            if not fits or isinstance(value, bool):
                raise UsageError(f"The value does not fit. Expected {_KINDS[f.type]}. Received: {f.name}={value!r}")


# The reference pair is the original experiment's, to the letter, and stays so: what would do better is another recipe.
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="mlp",
            network="mlp",
            epochs=5,  # the original's
            batch_size=120,  # the original's
            optimizer="rmsprop",  # the original's, at Keras's own learning rate
            learning_rate=0.001,
            threshold=0.49,  # 0.5 % of the last 5,000 images lie above 0.4885 after a run on the first 55,000 (seed 0)
        ),
        Recipe(
            name="cnn",
            network="cnn",
            epochs=5,  # the original's
            batch_size=60,  # the original's
            optimizer="rmsprop",  # the original's, at Keras's own learning rate
            learning_rate=0.001,
            threshold=0.29,  # as above: 0.2889
        ),
        Recipe(
            name="fast",
            network="fast",
            data=Mnist(shift=1),
            epochs=4,
            batch_size=256,
            optimizer="adamw",
            learning_rate=0.01,
            schedule="one-cycle",
            warmup=0.3,
            weight_decay=0.004,  # Keras's own
            threshold=0.35,  # as above: 0.3483
        ),
        Recipe(
            name="tiny",
            network="tiny",
            data=Distorted(Distortion(rotation=8, scale=0.08, shear=0.08, shift=1.0, elastic=0.4)),
            epochs=30,
            batch_size=256,
            optimizer="adamw",
            learning_rate=0.02,
            schedule="one-cycle",
            warmup=0.2,
            weight_decay=0.0005,  # few weights need little of it
        ),
        Recipe(
            name="micro",
            network="micro",
            epochs=40,  # too small to learn by heart: the images as they are
            batch_size=256,
            optimizer="adamw",
            learning_rate=0.03,
            schedule="one-cycle",
            warmup=0.2,
            weight_decay=0.0001,
        ),
        Recipe(
            name="best",
            network="strided",
            data=Distorted(Distortion(rotation=15, scale=0.1, shear=0.1, shift=2.5, elastic=0.6)),
            epochs=50,
            batch_size=128,
            optimizer="adamw",
            learning_rate=0.003,
            schedule="one-cycle",
            warmup=0.1,
            weight_decay=0.004,
            average=0.999,
            precision="bfloat16",
        ),
        *(
            Recipe(
                name=name,
                network=name,
                data=Distorted(Distortion(rotation=20, scale=0.1, shear=0.1, shift=3.0, elastic=0.6)),
                epochs=150,  # An and others' (2020); about 7 minutes an epoch on 2 cores
                batch_size=120,  # theirs too
                optimizer="adam",
                learning_rate=0.001,
                schedule="cosine",
                average=0.999,  # theirs too
            )
            for name in ("valid3", "valid5", "valid7")
        ),
        Recipe(
            name="robust",
            network="cnn",  # with pooling: without it, what is unlike all that was shown is hardly read at all (LOG)
            data=Distorted(
                Distortion(
                    rotation=30,
                    scale=0.15,
                    shrink=0.25,
                    shear=0.45,
                    shift=4.5,
                    elastic=0.5,
                    p_noise=0.15,
                    p_blur=0.15,
                    p_light=0.15,
                    p_band=0.12,
                    p_dots=0.15,
                )
            ),
            epochs=30,
            batch_size=128,
            optimizer="adamw",
            learning_rate=0.003,
            schedule="one-cycle",
            warmup=0.1,
            weight_decay=0.004,
            label_smoothing=0.05,
            average=0.999,
            precision="bfloat16",
        ),
        Recipe(
            name="reader",
            network="reader",
            data=Glyphs(),
            classes=11,
            epochs=12,  # glyphs are made anew in each; the loss still falls slowly
            batch_size=256,
            optimizer="adamw",
            learning_rate=0.002,
            schedule="cosine",
            weight_decay=0.004,  # Keras's own
            threshold=0.5,  # rejects 0.6 % of the last 5,000 images, 2.6 % of them augmented, 94 % of made non-digits
        ),
        Recipe(
            name="detector",
            network="detector",
            kind="detector",
            data=Tiles(),
            loss="cells",
            classes=11,
            epochs=14,  # the loss still falls: 1.78, 1.59, 1.42 after 6, 11 and 14 epochs
            batch_size=32,
            optimizer="adamw",
            learning_rate=0.002,
            schedule="cosine",
            warmup=1 / 15,
            weight_decay=0.01,
        ),
        Recipe(
            name="decision",
            network="decision",
            kind="decision",
            data=Found(),
            classes=11,
            epochs=20,
            batch_size=256,
            optimizer="adamw",
            learning_rate=0.002,
            schedule="cosine",
            weight_decay=0.02,
            confidence_threshold=0.5,
        ),
    )
}


def named(name: str, overrides: Iterable[str] = ()) -> Recipe:
    """The named recipe with `overrides`, each "field=value"; "data.samples=1000" reaches into the data's record.

    A name that ends in .py is the path of a file that defines `recipe` and `layers`, see `training.modules`.

    Raises:
        UsageError: there is no such recipe or field, or the value does not fit it.
    """
    if name.endswith(".py"):
        recipe = getattr(modules.load(os.path.abspath(name)), "recipe", None)
        if not isinstance(recipe, Recipe):
            raise UsageError(f"The file's recipe is no Recipe. {modules.EXPECTED}. Received: recipe={recipe!r}")
        recipe = dataclasses.replace(recipe, network=os.path.abspath(name))
    elif name in RECIPES:
        recipe = RECIPES[name]
    else:
        raise unknown("recipe", name, RECIPES)
    return changed(recipe, overrides)


def changed(recipe: Recipe, overrides: Iterable[str]) -> Recipe:
    """The recipe with `overrides`, see `named`."""
    for override in overrides:
        path, equals, text = override.partition("=")
        if not equals:
            raise UsageError(f"An override has the form name=value. Received: set={override!r}")
        recipe = _changed(recipe, path, text)
    return recipe


def _fields(record: Any, prefix: str = "") -> list[str]:
    """Every field that can be set, those of nested records as "data.samples"."""
    names: list[str] = []
    for each in dataclasses.fields(record):
        value = getattr(record, each.name)
        if dataclasses.is_dataclass(value):
            names += _fields(value, f"{prefix}{each.name}.")
        elif each.name not in FIXED:
            names.append(prefix + each.name)
    return names


def _changed(record: Any, path: str, text: str) -> Any:
    """The record with the field at `path`, whose parts are joined by dots, set to what `text` says."""
    name, _, rest = path.partition(".")
    types = {f.name: f.type for f in dataclasses.fields(record) if f.name not in FIXED}
    value = getattr(record, name, None)
    if rest and dataclasses.is_dataclass(value):
        if rest.partition(".")[0] not in [f.name for f in dataclasses.fields(value)]:
            raise unknown("field", path, _fields(record))
        return dataclasses.replace(record, **{name: _changed(value, rest, text)})
    if rest or name not in types or dataclasses.is_dataclass(value):
        raise unknown("field", path, _fields(record))
    kind: Any = types[name]
    try:
        return dataclasses.replace(record, **{name: kind(text)})
    except ValueError as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"The value does not fit. Expected {_KINDS[kind]}. Received: {name}={text!r}") from None
