"""A batch by form: the rows of `form read`, with all that a batch has."""

import json
import tarfile
from dataclasses import replace

import pytest
from pyarrow import parquet

from digitscope.batch import read_into
from digitscope.errors import BatchError, TemplateError, UsageError
from digitscope.forms import table
from digitscope.review import doubts, merging


@pytest.fixture(scope="module")
def scans(stack, tmp_path_factory):
    """A scan of its own, one that is broken, and one in a tar."""
    folder = tmp_path_factory.mktemp("scans")
    (folder / "a.png").write_bytes(stack.scan(0).read_bytes())
    (folder / "b.png").write_bytes(stack.scan(0).read_bytes()[:2000])
    with tarfile.open(folder / "c.tar", "w") as tar:
        tar.add(stack.scan(1), "deep/1.png")
    return folder


@pytest.fixture(scope="module")
def out(stack, scans, tmp_path_factory):
    folder = tmp_path_factory.mktemp("batch") / "out"
    summary = read_into(folder, [str(scans)], forms=[stack.template], jobs=1, part_size=2)
    assert (summary.items, summary.rows, summary.errors) == (3, 3, 1)
    return folder


def forms_of(folder):
    return [one for part in sorted(folder.glob("*.parquet")) for one in table.load(part)]


def test_a_form_has_the_row_that_form_read_gives_it(out, read, scans):
    own, broken, inside = forms_of(out)
    assert own == replace(read[0], source=str(scans / "a.png"))
    assert inside == replace(read[1], source=str(scans / "c.tar"))
    assert (broken.template, broken.status, broken.error is None) == (None, "not this form", False)
    members = [row["member"] for part in sorted(out.glob("*.parquet")) for row in parquet.read_table(part).to_pylist()]
    assert members == [None, None, "deep/1.png"]


def test_a_lost_part_is_read_again(stack, scans, out):
    before = forms_of(out)
    manifest = json.loads((out / "_manifest.json").read_bytes())
    (out / "_manifest.json").write_text(json.dumps(manifest | {"done": False}))
    (out / "part-000001.parquet").unlink()
    assert read_into(out, [str(scans)], forms=[stack.template], jobs=1, part_size=2, resume=True).read_now == 1
    assert forms_of(out) == before


@pytest.mark.parametrize(
    ("forms", "times"), [pytest.param(12, 3, marks=pytest.mark.slow), pytest.param(24, 20, marks=pytest.mark.long)]
)
def test_a_batch_by_form_that_is_killed_ends_as_an_uninterrupted_one(stack, tmp_path, resumed, forms, times):
    folder, out = tmp_path / "scans", tmp_path / "out"
    folder.mkdir()
    for number in range(forms):
        (folder / f"{number}.png").write_bytes(stack.scan(number % 2).read_bytes())
    whole = tmp_path / "whole"
    read_into(whole, [str(folder)], forms=[stack.template], jobs=2, part_size=4)
    resumed(out, folder, forms=[stack.template], times=times, between=(1, 6), seed=2)
    assert forms_of(out) == forms_of(whole)
    assert len(forms_of(out)) == forms


def test_another_template_is_another_batch(stack, scans, out, tmp_path):
    text = stack.template.read_text().replace('"blank.png"', f'"{stack.folder}/blank.png"')
    (tmp_path / "exam.toml").write_text(
        text.replace("digits = 6", "digits = [5, 6]", 1).replace("digits = [3, 6]", "digits = [2, 6]")
    )
    with pytest.raises(BatchError, match="another forms"):
        read_into(out, [str(scans)], forms=[tmp_path / "exam.toml"], part_size=2, resume=True)


def test_what_is_doubtful_is_found_with_its_paper_and_answered(out, tmp_path):
    found = doubts.found(out)
    assert found
    last = found[-1]
    assert last.path is not None
    assert merging.merge(out, {last.key: "7"}) == 1
    part, row, name = last.key.split(":", 2)
    answered = table.load(out / f"{part}.parquet")[int(row)][name]
    assert (answered.value, answered.status, answered.confidence) == ("7", "ok", 1.0)
    assert len(doubts.found(out)) == len(found) - 1


def test_wrong_usage_is_an_error_before_anything_is_written(stack, scans, tmp_path):
    with pytest.raises(UsageError, match="rotate=90"):
        read_into(tmp_path / "out", [str(scans)], forms=[stack.template], rotate=90)
    with pytest.raises(TemplateError, match="cannot be read"):
        read_into(tmp_path / "out", [str(scans)], forms=[tmp_path / "gone.toml"])
    assert not (tmp_path / "out").exists()
