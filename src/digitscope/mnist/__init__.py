"""MNIST, wherever the machine is: find, verify, load. `mnist.load_mnist()`, `mnist.MNIST`, `mnist.Split`."""

from digitscope.mnist.dataset import LICENSE, MNIST, Split, cache_file, fetch, find, load_mnist, sample

__all__ = ["LICENSE", "MNIST", "Split", "cache_file", "fetch", "find", "load_mnist", "sample"]
