"""MNIST and synthesis → model file, by Keras, which is imported when something is trained: `train("cnn", seed=0)`."""

from digitscope.training.fit import Progress, train
from digitscope.training.recipes import RECIPES, Recipe
from digitscope.training.run import Run

__all__ = ["RECIPES", "Progress", "Recipe", "Run", "train"]
