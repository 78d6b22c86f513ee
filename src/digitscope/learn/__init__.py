"""MNIST → model file, by Keras: train, evaluate, compare. Keras itself is imported when something is trained."""

from digitscope.learn.compare import Comparison, compare
from digitscope.learn.evaluate import Evaluation, evaluate
from digitscope.learn.recipes import RECIPES, Recipe
from digitscope.learn.run import Run
from digitscope.learn.train import Progress, train

__all__ = ["RECIPES", "Comparison", "Evaluation", "Progress", "Recipe", "Run", "compare", "evaluate", "train"]
