"""What several tests share: MNIST, a browser, and a way to be refused by the file system even as root."""

import contextlib
import dataclasses
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import cv2
import hypothesis
import pytest

from digitscope import models
from digitscope.mnist import MNIST, load_mnist
from digitscope.mnist.files import Arrays

NOBODY = 65534
SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}

# Other work on the machine makes an example slow, not wrong. The same examples each time: what fails, fails again.
hypothesis.settings.register_profile("digitscope", deadline=None, derandomize=True)
hypothesis.settings.load_profile("digitscope")


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Two processes test beside each other on two cores; with threads of their own each would wait for the other."""
    cv2.setNumThreads(1)
    models.set_threads(1)


@pytest.fixture(scope="session")
def mnist() -> MNIST:
    return load_mnist()


@pytest.fixture(scope="session")
def mnist_arrays(mnist: MNIST) -> Arrays:
    """MNIST under the names that its npz has."""
    return {
        "x_train": mnist.train_images,
        "y_train": mnist.train_labels,
        "x_test": mnist.test_images,
        "y_test": mnist.test_labels,
    }


@pytest.fixture(scope="session")
def little(mnist: MNIST) -> MNIST:
    """600 training and 1,000 test images."""
    return MNIST(
        mnist.train_images[:600],
        mnist.train_labels[:600],
        mnist.test_images[:1000],
        mnist.test_labels[:1000],
        source=mnist.source,
    )


@pytest.fixture(scope="session")
def brief():
    """The reference MLP, for three epochs of ten steps each when there are 600 images."""
    from digitscope.training import RECIPES

    return dataclasses.replace(RECIPES["mlp"], epochs=3, batch_size=60)


@pytest.fixture(scope="session")
def browser():
    """Chromium. Where it is missing, tests that need it are skipped, and fail in CI."""
    missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    try:
        from playwright import sync_api as api
    except ImportError:
        missing("Playwright is not installed: make .venv/dev.stamp")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        missing("Chromium is not on the PATH: apt-get install chromium")
    with api.sync_playwright() as playwright:
        arguments = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # a camera of its own
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # Chromium refuses root otherwise
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=SCREENS)
def opened(request, browser):
    """Opens a file in Chromium, on a phone and on a desktop; none may write to the console or ask for anything."""
    complaints: list[str] = []

    def open_page(path):
        page = browser.new_page(viewport=SCREENS[request.param], has_touch=request.param == "phone")
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or complaints.append(asked.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    assert complaints == []


@pytest.fixture
def as_an_ordinary_user() -> Callable[[], AbstractContextManager[None]]:
    """Root passes every permission check, so a test run as root becomes somebody else for a moment."""

    @contextlib.contextmanager
    def changed() -> Iterator[None]:
        root = os.geteuid() == 0
        if root:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)

    return changed


@pytest.fixture
def disk_with_room_for() -> Callable[[int], AbstractContextManager[None]]:
    """A write past so many bytes of a file fails, as on a full disk (EFBIG in place of ENOSPC)."""

    @contextlib.contextmanager
    def limited(size: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited
