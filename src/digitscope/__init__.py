"""Reads handwritten digits, and shows how it reads them."""

from digitscope.mnist import MNIST, load_mnist

__all__ = ["MNIST", "load_mnist"]

__version__ = "0.1.0"
