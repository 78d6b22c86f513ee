"""A template's file, edited and written back."""

import tomllib

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("tomlkit", reason="the extra `forms` is not installed")

from digitscope.editor.entries import Entry, TemplateFile, rewritten
from digitscope.errors import TemplateError, UsageError

TEXT = """\
# the examination of spring
blank = "blank.png"

[[field]]
name = "student"        # as on the card
box = [20, 20, 120, 30]
cells = 6

# one row for each question
[[field]]
name = "points"
box = [20, 80, 60, 90]
rows = 3
range = [0, 20]

[[field]]
name = "sum"
box = [20, 200, 60, 30]
"""


@pytest.fixture
def path(tmp_path):
    Image.fromarray(np.full((300, 200), 255, np.uint8)).save(tmp_path / "blank.png")
    (tmp_path / "exam.toml").write_text(TEXT)
    return tmp_path / "exam.toml"


def entries(file):
    return [Entry(keys, number) for number, keys in enumerate(file.entries)]


def test_what_is_not_touched_stays_as_it_is_written(path):
    file = TemplateFile(path)
    file.save(entries(file), file.digest)
    assert path.read_text() == TEXT


def test_a_field_is_moved_limited_and_keeps_its_comments(path):
    file = TemplateFile(path)
    kept = entries(file)
    kept[0].keys.update(box=[25, 22, 120, 30], pattern=r"3\d{5}")
    del kept[0].keys["cells"]
    file.save(kept, file.digest)
    expected = TEXT.replace("[20, 20, 120, 30]\ncells = 6", "[25, 22, 120, 30]\npattern = '3\\d{5}'")
    assert path.read_text() == expected
    assert file.template.fields[0].pattern == r"3\d{5}"


def test_fields_are_added_and_removed(path):
    file = TemplateFile(path)
    new = Entry({"name": "room", "box": [100, 200, 50, 30], "digits": [1, 3]})
    file.save([entries(file)[2], new, entries(file)[0]], file.digest)
    assert [field.name for field in file.template.fields] == ["sum", "room", "student"]
    assert "# as on the card" in path.read_text()
    assert tomllib.loads(path.read_text())["field"] == file.entries


def test_what_is_no_template_is_refused_and_the_file_stays(path):
    file = TemplateFile(path)
    twice = [*entries(file), Entry({"name": "sum", "box": [1, 1, 9, 9]})]
    with pytest.raises(TemplateError, match="Two fields have the same name"):
        file.save(twice, file.digest)
    with pytest.raises(TemplateError, match="lies outside page 1"):
        file.save([Entry({"name": "far", "box": [190, 1, 20, 20]})], file.digest)
    assert path.read_text() == TEXT


def test_a_file_that_was_changed_meanwhile_is_not_written_over(path):
    file = TemplateFile(path)
    path.write_text(TEXT.replace("sum", "total"))
    with pytest.raises(UsageError, match="changed by somebody else"):
        file.save(entries(file), file.digest)
    assert "total" in path.read_text()


def test_an_inline_list_of_fields_is_written_as_tables():
    text = 'blank = "a.png"\nfield = [{name = "a", box = [1, 2, 3, 4]}]\n'
    assert rewritten(text, [Entry({"name": "b", "box": [1, 2, 3, 4]}, 0)]) == (
        'blank = "a.png"\n\n[[field]]\nname = "b"\nbox = [1, 2, 3, 4]\n'
    )
