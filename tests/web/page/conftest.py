"""The page in Chromium, at a phone's width and a desktop's, light and dark."""

import re
from collections.abc import Callable, Iterator

import pytest

SIZES = {"phone": {"width": 375, "height": 800}, "desktop": {"width": 1440, "height": 900}}
PATIENCE = 120_000  # milliseconds: what a page waits for comes late on a machine with other work
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


@pytest.fixture(scope="module")
def visit(browser, address) -> Iterator[Callable]:
    """Opens a view. No page may write to the console, fail, or ask another host for anything."""
    complaints: list[str] = []
    contexts = []

    def opened(view: str, size: str = "desktop", *, dark: bool = False, **options):
        touch = size == "phone"
        context = browser.new_context(
            viewport=SIZES[size], has_touch=touch, color_scheme="dark" if dark else "light", **options
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: EXPECTED.match(m.text) or complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        allowed = (address, "data:", "blob:")
        page.on("request", lambda asked: asked.url.startswith(allowed) or complaints.append(asked.url))
        page.goto(f"{address}/#{view}")
        page.wait_for_selector(f"#{view} h1, #{view} h2")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def assert_accessible() -> Callable:
    """Asserts that axe-core finds no violation of WCAG 2.1 AA or of its best practices."""
    from axe_playwright_python.sync_playwright import Axe

    def checked(page) -> None:
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()

    return checked


@pytest.fixture
def assert_fits() -> Callable:
    """Asserts that nothing is wider than the window."""

    def checked(page) -> None:
        wide, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide == window

    return checked
