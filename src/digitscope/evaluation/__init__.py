"""How well a model answers, clean images and corrupted ones; `compare(epochs=5)` trains the reference pair."""

from digitscope.evaluation.accuracy import Evaluation, evaluate
from digitscope.evaluation.comparison import Comparison
from digitscope.evaluation.pairwise import Pairwise, compare_models
from digitscope.evaluation.reference import compare
from digitscope.evaluation.robustness import Robustness, evaluate_corruptions

__all__ = [
    "Comparison",
    "Evaluation",
    "Pairwise",
    "Robustness",
    "compare",
    "compare_models",
    "evaluate",
    "evaluate_corruptions",
]
