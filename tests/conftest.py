"""What several tests need: MNIST itself, and a way to be refused by the file system even as root."""

import contextlib
import os
import resource
from collections.abc import Iterator

import pytest

from digitscope.mnist import MNIST, load_mnist

NOBODY = 65534


@pytest.fixture(scope="session")
def mnist() -> MNIST:
    return load_mnist()


@contextlib.contextmanager
def as_an_ordinary_user() -> Iterator[None]:
    """Root passes every permission check, so a test run as root becomes somebody else for a moment."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@contextlib.contextmanager
def disk_with_room_for(size: int) -> Iterator[None]:
    """A write past `size` bytes of a file fails, as on a full disk (EFBIG in place of ENOSPC)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
