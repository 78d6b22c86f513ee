import numpy as np
import pytest

from digitscope.models.file import load
from digitscope.reading.normalization import normalize
from digitscope.synthesis import letters
from digitscope.synthesis.trajectories import LIKE_DIGITS
from digitscope.synthesis.writers import DENSE, SIGNS, Writers, bent, dense, joined, strike


@pytest.fixture(scope="module")
def writers(pens):
    return Writers(pens)


def extent(drawing):
    every = np.concatenate(drawing.paths)
    return every.min(axis=0), every.max(axis=0)


def test_written_digits_stay_what_they_are(writers):
    rng = np.random.default_rng(0)
    images = np.stack([normalize(letters.draw(writers.digit(n % 10, rng).paths, 0.1)) for n in range(200)])
    guess = load("cnn").session.run(None, {"images": images})[0].argmax(axis=1)
    assert (guess == np.arange(200) % 10).mean() > 0.75  # the reference has seen no 7 with a bar


def test_a_digit_lies_between_its_lines(writers):
    rng = np.random.default_rng(1)
    for n in range(50):
        low, high = extent(writers.digit(n % 10, rng))
        assert low[1] > -0.1
        assert 0.3 < high[1] < 1.1


def test_the_same_seed_writes_the_same_and_another_does_not(writers):
    first, again, other = (writers.word(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first.paths, again.paths, strict=True))
    assert not np.array_equal(np.concatenate(first.paths)[:5], np.concatenate(other.paths)[:5])


def test_letters_alone_are_no_digits_in_anyones_hand(pens, writers):
    assert not set(pens.letters.labels[writers.pens.signs].tolist()) & LIKE_DIGITS
    assert len(writers.letter(np.random.default_rng(0)).paths)


def test_words_are_rows_as_tall_as_asked(writers):
    rng = np.random.default_rng(2)
    shapes = []
    for size in (0.5, 1.0, 2.0) * 10:
        low, high = extent(writers.word(rng, size=size))
        shapes.append((high[0] - low[0]) / (high[1] - low[1]))
        assert 0.3 * size < high[1] - low[1] < 2.0 * size
    assert np.median(shapes) > 1.3


def test_signs_are_as_large_as_between_digits_and_lie_where_they_do(writers):
    rng = np.random.default_rng(3)
    for _ in range(100):
        low, high = extent(writers.sign(rng))
        assert high[1] - low[1] < 1.4 * max(height for height, _ in SIGNS.values()) + 0.1
        assert high[1] > 0.2


def test_what_is_crossed_out_has_strokes_across_it(writers):
    rng = np.random.default_rng(4)
    written = np.concatenate(writers.digit(8, rng).paths)
    low, high = written.min(axis=0), written.max(axis=0)
    for _ in range(20):
        across = np.concatenate(strike(written, rng))
        assert np.ptp(across[:, 0]) > 0.6 * (high - low)[0]
        assert ((across > low - 0.6) & (across < high + 0.6)).all()


def test_joined_letters_are_fewer_strokes_with_the_same_points(writers):
    paths = [np.array([[x, 0.0], [x + 0.4, 1.0], [x + 0.8, 0.0]], np.float32) for x in (0.0, 1.0, 2.0)]
    assert len(joined(paths)) == 1
    assert np.array_equal(joined(paths)[0], np.concatenate(paths))
    assert len(joined([*paths, np.array([[0.5, -0.2]], np.float32)])) == 2, "a dot is set afterwards"


def test_points_stand_close_together_on_the_same_way():
    path = np.array([[0, 0], [1, 0], [1, 0.5]], np.float32)
    close = dense(path)
    steps = np.hypot(*np.diff(close, axis=0).T)
    assert steps.max() <= DENSE + 1e-6
    assert steps.sum() == pytest.approx(1.5)
    for corner in path:
        assert np.abs(close - corner).sum(axis=1).min() < 1e-6


def test_another_time_is_a_little_different_and_one_high_again():
    strokes = (np.array([[0, 0], [0.6, 0], [0.2, 1]], np.float32),)
    first, second = (np.concatenate(bent(strokes, np.random.default_rng(seed))) for seed in (0, 1))
    for points in (first, second):
        assert points.min(axis=0) == pytest.approx([0, 0], abs=1e-6)
        assert points[:, 1].max() == pytest.approx(1, abs=1e-5)
    assert not np.allclose(first[:5], second[:5])
