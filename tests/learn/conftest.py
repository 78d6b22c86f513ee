"""A little MNIST, and real processes that train on it."""

import dataclasses

import pytest

from digitscope.mnist import MNIST


def first(mnist: MNIST, train: int, test: int) -> MNIST:
    """The first so many training and test images."""
    return MNIST(
        mnist.train_images[:train],
        mnist.train_labels[:train],
        mnist.test_images[:test],
        mnist.test_labels[:test],
        source=mnist.source,
    )


@pytest.fixture(scope="session")
def little(mnist: MNIST) -> MNIST:
    """600 training and 1,000 test images."""
    return first(mnist, 600, 1000)


@pytest.fixture(scope="session")
def brief():
    """The reference MLP, for three epochs of ten steps each when there are 600 images."""
    from digitscope.learn import RECIPES

    return dataclasses.replace(RECIPES["mlp"], epochs=3, batch_size=60)
