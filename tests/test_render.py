import re
import shutil

import pytest

import render


def test_readme_and_docs_say_what_the_commands_and_the_result_files_say(capsys):
    assert render.main(["--check"]) == 0, capsys.readouterr().out


def test_a_changed_figure_makes_a_page_stale(tmp_path, monkeypatch, capsys):
    page = tmp_path / "README.md"
    page.write_text("<!-- begin: startup -->\n| wrong |\n<!-- end -->\n")
    monkeypatch.setattr(render, "pages", lambda: [page])
    monkeypatch.setattr(render, "ROOT", tmp_path)

    assert render.main(["--check"]) == 1
    assert "README.md is out of date" in capsys.readouterr().out
    assert render.main([]) == 0
    assert "`import digitscope`" in page.read_text()
    assert render.main(["--check"]) == 0


def test_a_changed_picture_is_stale_and_is_made_anew(tmp_path, monkeypatch, capsys):
    page, picture = tmp_path / "README.md", tmp_path / "pictures" / "seven-read.png"
    page.write_text("<!-- begin: picture seven.png pictures/seven-read.png -->\n<!-- end -->\n")
    shutil.copy(render.ROOT / "examples" / "seven.png", tmp_path)
    monkeypatch.setattr(render, "pages", lambda: [page])
    monkeypatch.setattr(render, "ROOT", tmp_path)

    assert render.main([]) == 0
    assert render.main(["--check"]) == 0
    assert "what it was read as: 7](pictures/seven-read.png)" in page.read_text()
    picture.write_bytes((tmp_path / "seven.png").read_bytes())
    capsys.readouterr()
    assert render.main(["--check"]) == 1
    assert "seven-read.png is out of date" in capsys.readouterr().out


def test_only_what_stands_between_the_marks_is_changed(monkeypatch):
    monkeypatch.setitem(render.BLOCKS, "echo", lambda argument: argument.upper())
    text = "a\n<!-- begin: echo one two -->\nold\n<!-- end -->\nb\n<!-- begin: echo -->\n<!-- end -->\nc\n"

    assert render.rendered(text) == (
        "a\n<!-- begin: echo one two -->\nONE TWO\n<!-- end -->\nb\n<!-- begin: echo -->\n\n<!-- end -->\nc\n"
    )


def test_every_mark_that_begins_also_ends():
    for page in render.pages():
        begins, ends = (len(re.findall(mark, page.read_text())) for mark in ("<!-- begin: ", "<!-- end -->"))
        assert begins == ends, page


def test_an_unknown_kind_of_block_is_an_error():
    with pytest.raises(KeyError, match="nonsense"):
        render.rendered("<!-- begin: nonsense -->\n<!-- end -->\n")
