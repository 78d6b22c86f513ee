"""How training and batches go, where stderr is no terminal."""

import io

import pytest
from rich.console import Console

from digitscope.cli import output, progress
from digitscope.training import Progress


def step(number, *, epoch=0, accuracy=0.5):
    return Progress("mlp", 0, epoch, 2, number, 10, accuracy, False, 1.5)


def test_there_is_a_line_per_epoch_and_per_minute(capsys):
    clock = iter([0.0, 1.0, 50.0, 61.0, 62.0, 70.0])
    show = progress.epoch_lines(lambda: next(clock))
    for each in (step(1), step(5), step(6), step(7), step(10, accuracy=float("nan"))):
        show(each)
    assert capsys.readouterr().err.splitlines() == [
        "mlp seed 0: epoch 1/2 step 6/10, 50.0%, 61 s",
        "mlp seed 0: epoch 1/2, loss 1.500, 70 s",
    ]


def test_a_batch_has_a_line_every_ten_seconds(capsys):
    batch = pytest.importorskip("digitscope.batch", reason="the extra `batch` is not installed")
    clock = iter([0.0, 4.0, 10.0, 15.0])
    show = progress.batch_lines(lambda: next(clock))
    for items in (20, 50, 60):
        show(batch.BatchProgress(items, 100, 1, before=10))
    assert capsys.readouterr().err.splitlines() == ["50 of 100 images, 4.0 per second, 1 error, 12 s left"]


def test_on_a_terminal_there_is_a_bar(monkeypatch):
    batch = pytest.importorskip("digitscope.batch", reason="the extra `batch` is not installed")
    monkeypatch.setenv("TERM", "xterm")  # a dumb one has no bar
    screen = io.StringIO()
    monkeypatch.setattr(output, "stderr", Console(file=screen, force_terminal=True, width=100))
    with progress.batch() as show:
        show(batch.BatchProgress(30, 100, 2, before=10))
    assert "30/100" in screen.getvalue()
    assert "2 errors" in screen.getvalue()
