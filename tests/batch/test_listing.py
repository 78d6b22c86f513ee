"""What sources stand for, and in which order."""

import os
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscope.batch.listing import _translated, files, in_order
from digitscope.errors import BatchError
from digitscope.reading.io.folders import image_files, natural

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), max_size=8)


@given(st.lists(st.one_of(NAMES, st.from_regex(r"[a-b]{0,2}[0-9]{0,3}[ab.]?[0-9]{0,2}", fullmatch=True))))
def test_names_are_sorted_as_natural_sorts_them(names):
    assert [natural(name)[0] for name in in_order(names)] == [natural(name)[0] for name in sorted(names, key=natural)]


def test_more_names_than_one_chunk_stay_in_order():
    names = [f"{n}.png" for n in range(25_000)]
    mixed = random.Random(0).sample(names, len(names))
    assert list(in_order(mixed)) == names


def paths(*sources, **options):
    return [entry.path for entry in files([str(source) for source in sources], **options)]


def test_a_folder_is_listed_as_read_lists_it(scans):
    (scans / ".hidden.png").touch()
    (scans / "back").symlink_to(scans)
    assert paths(scans) == list(image_files(scans))
    assert len(paths(scans)) == 12


def test_a_folder_gives_its_archives_too_and_not_the_output(scans):
    (scans / "shard.tar").touch()
    (scans / "out").mkdir()
    (scans / "out" / "part-000000.parquet").touch()
    found = paths(scans, leave_out=scans / "out")
    assert str(scans / "shard.tar") in found
    assert not any(path.endswith(".parquet") for path in found)


def test_patterns_and_lists_stand_for_what_they_match(scans, tmp_path):
    assert paths(f"{scans}/1*.png") == [f"{scans}/{n}.png" for n in (1, 10)]
    assert len(paths(f"{scans}/**/*.png")) == 12
    (tmp_path / "list.txt").write_text(f"{scans}/2.png\n\n{scans}/more\n{scans}/gone.png\n{tmp_path}/nothing*\n")
    found = list(files([str(tmp_path / "list.txt")]))
    assert [entry.path for entry in found[:3]] == [f"{scans}/2.png", f"{scans}/more/last.png", f"{scans}/gone.png"]
    assert "There is no such source" in found[3].error or "nothing to read" in found[3].error


@pytest.mark.parametrize("source", ["gone", "gone/*.png", "gone.txt"])
def test_a_source_that_is_not_there_is_an_error(source, tmp_path):
    with pytest.raises(BatchError, match="Received: "):
        paths(tmp_path / source)


def test_an_empty_folder_is_an_error_and_a_closed_subfolder_an_entry(tmp_path, scans, as_an_ordinary_user):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BatchError, match="nothing to read"):
        paths(tmp_path / "empty")
    for folder in [tmp_path, *tmp_path.parents[:3]]:
        os.chmod(folder, 0o755)
    os.chmod(scans / "more", 0)
    with as_an_ordinary_user():
        found = list(files([str(scans)]))
    os.chmod(scans / "more", 0o755)
    assert len(found) == 12
    assert found[-1].path == str(scans / "more")
    assert "cannot be listed" in found[-1].error


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("b/*.png", "b/1.png", True),
        ("b/*.png", "b/c/1.png", False),
        ("b/**/*.png", "b/1.png", True),
        ("b/**/*.png", "b/c/d/1.png", True),
        ("b/[0-2]?.tar", "b/17.tar", True),
        ("b/[0-2]?.tar", "b/37.tar", False),
    ],
)
def test_patterns_of_objects_are_those_of_files(pattern, path, fits):
    assert bool(re.fullmatch(_translated(pattern), path)) is fits
