"""How the learning rate changes over a run: `schedule(recipe, steps=1000)`."""

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

if TYPE_CHECKING:
    from digitscope.training.recipes import Recipe

COLDEST = 0.05  # of the learning rate, where a warm-up begins


@keras.saving.register_keras_serializable("digitscope")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Straight up to the peak, then straight down to 0 (Smith and Topin 2017)."""

    def __init__(self, peak: float, warm: int, steps: int) -> None:
        super().__init__()
        self.peak, self.warm, self.steps = peak, warm, steps

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        up = COLDEST + (1 - COLDEST) * step / max(self.warm, 1)
        down = (self.steps - step) / max(self.steps - self.warm, 1)
        return self.peak * ops.where(step < self.warm, up, ops.maximum(down, 0.0))

    def get_config(self) -> dict[str, float]:
        return {"peak": self.peak, "warm": self.warm, "steps": self.steps}


def schedule(recipe: "Recipe", *, steps: int) -> Any:
    """The recipe's learning rate for a run of so many steps, as Keras takes it."""
    rate = recipe.learning_rate
    warm = round(recipe.warmup * steps)
    if recipe.schedule == "one-cycle":
        return OneCycle(rate, warm, steps)
    if recipe.schedule == "cosine":
        first = {"initial_learning_rate": rate}
        if warm:
            first = {"initial_learning_rate": COLDEST * rate, "warmup_target": rate, "warmup_steps": warm}
        return keras.optimizers.schedules.CosineDecay(decay_steps=steps - warm, **first)
    return rate
