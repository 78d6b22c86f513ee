"""Look inside a network: what each layer made of an image, as arithmetic that anyone can redo. Needs no Keras."""

from digitscope.explanation.explanation import Explainer, Explanation, explain

__all__ = ["Explainer", "Explanation", "explain"]
