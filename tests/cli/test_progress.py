"""How training goes, where stderr is no terminal."""

from digitscope.cli import progress
from digitscope.training import Progress


def step(number, *, epoch=0, accuracy=0.5):
    return Progress("mlp", 0, epoch, 2, number, 10, accuracy, False, 1.5)


def test_there_is_a_line_per_epoch_and_per_minute(capsys):
    clock = iter([0.0, 1.0, 50.0, 61.0, 62.0, 70.0])
    show = progress.lines(lambda: next(clock))
    for each in (step(1), step(5), step(6), step(7), step(10, accuracy=float("nan"))):
        show(each)
    assert capsys.readouterr().err.splitlines() == [
        "mlp seed 0: epoch 1/2 step 6/10, 50.0%, 61 s",
        "mlp seed 0: epoch 1/2, loss 1.500, 70 s",
    ]
