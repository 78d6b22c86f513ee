"""What follows from the settings: how many threads there are for how many requests."""

import pytest

from digitscope.web import settings
from digitscope.web.settings import Settings


@pytest.mark.parametrize(
    ("threads", "workers", "pool", "each"),
    [(0, 1, 8, 1), (0, 2, 4, 1), (0, 16, 1, 1), (2, 1, 2, 4), (2, 2, 2, 2), (1, 1, 1, 8), (16, 1, 16, 1)],
)
def test_all_cores_are_used_however_few_requests_are_computed_at_once(monkeypatch, threads, workers, pool, each):
    monkeypatch.setattr(settings, "cores", lambda: 8)
    chosen = Settings(threads=threads, workers=workers)
    assert (chosen.pool, chosen.threads_each) == (pool, each)
    assert Settings.from_environment(chosen.to_environment()) == chosen
