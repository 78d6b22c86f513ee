"""How well a model answers: `evaluate("cnn")`, and `compare(epochs=5)`, which trains the reference pair."""

from digitscope.evaluation.accuracy import Evaluation, evaluate
from digitscope.evaluation.comparison import Comparison
from digitscope.evaluation.reference import compare

__all__ = ["Comparison", "Evaluation", "compare", "evaluate"]
