"""What a newcomer sees first: `digitscope --help`, `dir` and `help` in Python, and old names refused."""

import importlib
import inspect
import re

import pytest
from typer.testing import CliRunner

import digitscope
from digitscope.cli import app


def test_commands_are_listed_in_the_order_of_use():
    printed = CliRunner().invoke(app, ["--help"]).stdout
    commands = re.findall(r"^\W*([a-z]+)  ", printed.partition("Commands")[2], re.MULTILINE)
    order = "read explain serve batch review compare why train evaluate models export form data"
    assert commands == order.split()


def test_dir_has_the_public_names_and_no_other():
    assert [name for name in dir(digitscope) if not name.startswith("__")] == sorted(digitscope.__all__)


def test_help_shows_reads_real_parameters():
    assert {"source", "min_confidence", "max_pixels"} <= set(inspect.signature(digitscope.read).parameters)


@pytest.mark.parametrize("line", ["import digitscope.look.report", "from digitscope import look"])
def test_an_old_import_names_the_new_place(line):
    with pytest.raises(ModuleNotFoundError, match=r"Expected digitscope\.explanation"):
        exec(line)


def test_a_module_that_never_was_is_simply_not_there():
    with pytest.raises(ModuleNotFoundError, match="No module named"):
        importlib.import_module("digitscope.nowhere")
