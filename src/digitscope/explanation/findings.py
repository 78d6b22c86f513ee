"""What a network makes of one image, as plain data: `explanation.html` and `explanation.terminal` draw it."""

import os
from dataclasses import dataclass
from functools import cached_property

from digitscope import mnist
from digitscope.arrays import Floats, Image
from digitscope.errors import DataError
from digitscope.explanation import neighbours, occlusion
from digitscope.explanation.arithmetic import arithmetic
from digitscope.explanation.neighbours import Neighbour
from digitscope.explanation.occlusion import INK, PAPER, Flip, Occlusion
from digitscope.explanation.subject import Step, Subject
from digitscope.explanation.sums import Arithmetic
from digitscope.explanation.trace import Trace, Tracer
from digitscope.reading.reader import Recognizer
from digitscope.reading.result import Digit

ROUNDING = 1e-5  # between two confidences: a reading rounds to 1e-6, and batches differ by 1e-7


@dataclass(frozen=True)
class Answer:
    """What a glyph is read as: its best digit, how confident, and whether it is rejected as not a digit."""

    value: int
    confidence: float  # (1 − rejection) · P(value | it is a digit)
    rejected: bool


@dataclass(frozen=True, eq=False, repr=False)
class Findings:
    """One image, every layer's numbers, the answer, and what the answer depends on.

    `network` is what the network alone answers for the glyph. `occlusion`, `ink`, `flip` and `neighbours` are computed
    when first used, and kept; all of them are about the network's answer.
    """

    subject: Subject
    trace: Trace
    reader: Recognizer
    tracer: Tracer
    probabilities: Floats  # [10], P(class | it is a digit)
    rejection: float

    @property
    def image(self) -> Image:
        """What the network saw: uint8 [28, 28]."""
        return self.subject.image

    @property
    def steps(self) -> tuple[Step, ...]:
        """The stages between the photo and the network, as (name, image); the last is `image`."""
        return self.subject.steps

    @cached_property
    def network(self) -> Answer:
        """The network's answer for the glyph alone."""
        confidence = (1 - self.rejection) * float(self.probabilities.max())
        return Answer(int(self.probabilities.argmax()), confidence, self.rejection > self.reader.model.threshold)

    @property
    def stated(self) -> Answer | Digit:
        """The answer as `read` states it; the network's where no picture was read."""
        return self.subject.digit or self.network

    @property
    def network_decides(self) -> bool:
        """Whether the stated answer is the network's own; else reading has added to it."""
        own, stated = self.network, self.stated
        same = (own.value, own.rejected) == (stated.value, stated.rejected)
        return same and abs(own.confidence - stated.confidence) < ROUNDING

    @property
    def answer(self) -> int:
        """The best digit, as `read` states it."""
        return self.stated.value

    @property
    def confidence(self) -> float:
        """The confidence, as `read` states it."""
        return self.stated.confidence

    @property
    def rejected(self) -> bool:
        """Whether `read` rejects the glyph as not a digit."""
        return self.stated.rejected

    @property
    def doubtful(self) -> bool:
        """Whether `read` finds the glyph a digit, but is unsure which; never where no picture was read."""
        return self.subject.digit is not None and self.subject.digit.doubtful

    def arithmetic(
        self, layer: str, channel: int, *, row: int | None = None, col: int | None = None, terms: int = 8
    ) -> Arithmetic:
        """How one unit's value is computed: see `digitscope.explanation.arithmetic.arithmetic`.

        >>> explanation.arithmetic("conv1", 5, row=10, col=12).preactivation
        """
        return arithmetic(self.trace, layer, channel, row=row, col=col, terms=terms)

    @cached_property
    def occlusion(self) -> Occlusion:
        """What erasing 5 × 5 pixels around each place does to the answer."""
        return occlusion.occlude(self.reader.classify, self.image, fill=PAPER)

    @cached_property
    def ink(self) -> Occlusion:
        """What inking 5 × 5 pixels around each place does to the answer."""
        return occlusion.occlude(self.reader.classify, self.image, fill=INK)

    @cached_property
    def flip(self) -> Flip | None:
        """The fewest patches found that change the answer to the second best; None if twelve do not."""
        return occlusion.flip(self.reader.classify, self.image)

    @cached_property
    def neighbours(self) -> tuple[Neighbour, ...]:
        """The ten training images closest in the last hidden layer.

        Raises:
            DataError: MNIST is not on this machine.
            ModelFileError: the model file has no layer metadata.
        """
        if mnist.find(None, os.environ) is None:
            raise DataError("Neighbours need MNIST, which is not on this machine. Run `digitscope data fetch`.")
        return neighbours.nearest(self.tracer, self.image, mnist.load_mnist())
