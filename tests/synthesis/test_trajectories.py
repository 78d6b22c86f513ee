import hashlib

import numpy as np
import pytest

from digitscope.errors import DataError
from digitscope.synthesis.trajectories import LIKE_DIGITS, MOST_DIGITS, load_trajectories


def test_strokes_are_read_as_they_were_written(tmp_path, handwriting):
    for file in handwriting.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    seven = {"points": np.array([[0, 0], [600, 0], [200, 1000], [150, 500], [450, 500]], np.int16)}
    np.savez(
        tmp_path / "unipen_digits.npz", stroke=np.array([0, 0, 0, 1, 1], np.uint8), offsets=np.array([0, 5]),
        label=np.array(["7"]), writer=np.array([3], np.int16), **seven,
    )  # fmt: skip
    way, bar = load_trajectories(tmp_path).digits.strokes(0)
    assert way.tolist() == pytest.approx(np.array([[0, 0], [0.6, 0], [0.2, 1]]))
    assert bar.tolist() == pytest.approx(np.array([[0.15, 0.5], [0.45, 0.5]]))


def test_every_sample_keeps_its_own_strokes_when_others_are_left_out(pens):
    kept = pens.digits.labels == "4"
    fours = pens.digits.where(kept)
    assert set(fours.labels.tolist()) == {"4"}
    for n, whole in enumerate(np.flatnonzero(kept)[:20]):
        for ours, theirs in zip(fours.strokes(n), pens.digits.strokes(int(whole)), strict=True):
            assert np.array_equal(ours, theirs)


def test_nobody_teaches_who_chooses(pens):
    teaching, choosing = (set(part.digits.writers.tolist()) for part in (pens.teaching, pens.choosing))
    assert choosing == {5, 10, 1005, 1010}
    assert not teaching & choosing
    assert teaching | choosing == set(pens.digits.writers.tolist())
    assert not set(pens.teaching.letters.writers.tolist()) & set(pens.choosing.letters.writers.tolist())


def test_no_writer_outweighs_the_others(pens):
    counts = np.bincount(pens.teaching.digits.writers)
    assert counts.max() == MOST_DIGITS
    assert len(set(pens.teaching.digits.labels.tolist())) == 10


def test_signs_are_no_digit_in_anyones_hand(pens):
    labels = set(pens.letters.labels[pens.signs].tolist())
    assert "A" in labels
    assert not labels & LIKE_DIGITS


def test_each_files_checksum_is_kept_for_the_record(handwriting, pens):
    expected = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in handwriting.iterdir()}
    assert pens.checksums == expected


def test_what_is_missing_is_named_with_where_it_is_published(tmp_path):
    with pytest.raises(DataError, match=r"unipen_digits\.npz.*zenodo\.1195803.*C5MG6K.*Received: path="):
        load_trajectories(tmp_path)


@pytest.mark.parametrize("damage", ["no zip", "a key less", "too few labels"])
def test_damaged_files_are_refused(tmp_path, handwriting, damage):
    for file in handwriting.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "pendigits.npz"
    with np.load(path) as data:
        arrays = dict(data)
    if damage == "no zip":
        path.write_bytes(b"not a zip")
    else:
        arrays["label"] = arrays["label"][:-1]
        if damage == "a key less":
            del arrays["label"]
        np.savez(path, **arrays)
    with pytest.raises(DataError, match="Received: path="):
        load_trajectories(tmp_path)
