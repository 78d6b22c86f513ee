import csv
import importlib.util
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from PIL import Image as PilImage

from digitscope.forms import table
from digitscope.forms.template import load_template

conftest = Path(__file__).parents[1] / "forms" / "conftest.py"
spec = importlib.util.spec_from_file_location("forms_conftest", conftest)
shared = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = shared
spec.loader.exec_module(shared)
stack = shared.stack


def digitscope(*arguments, status=0):
    command = [sys.executable, "-m", "digitscope", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_stack_becomes_a_table(stack, tmp_path):
    out = tmp_path / "marks.parquet"
    done = digitscope("form", "read", stack.template, stack.scan(0), "gone.png", "--out", out, status=1)
    assert done.stdout == ""
    assert "1 form, 21 fields" in done.stderr
    assert "no such file" in done.stderr
    forms = table.load(out)
    assert [form.template for form in forms] == ["exam", None]
    assert forms[0]["sum"].value == stack.filled[0].values["sum"]

    refused = digitscope("form", "read", stack.template, stack.scan(0), "--out", out, status=2)
    assert "exists already" in refused.stderr
    assert table.load(out) == forms


def test_a_new_template_has_the_blanks_fields(stack, tmp_path):
    out, preview = tmp_path / "new" / "exam.toml", tmp_path / "shown.png"
    done = digitscope("form", "new", stack.folder / "blank.png", "--out", out, "--preview", preview)
    made = stack.filled[0].template
    fields = load_template(out).fields
    assert f"{len(fields)} fields" in done.stderr
    assert sum(len(field.cells) or 1 for field in fields) == sum(len(field.cells) or 1 for field in made.fields)
    with PilImage.open(preview) as shown:
        assert shown.size == made.pages[0].shape[1::-1]

    assert "exists already" in digitscope("form", "new", stack.folder / "blank.png", "--out", out, status=2).stderr


def test_a_blank_without_boxes_is_said(tmp_path):
    PilImage.new("L", (400, 500), 255).save(tmp_path / "white.png")
    done = digitscope("form", "new", tmp_path / "white.png", "--out", tmp_path / "x.toml", status=1)
    assert "No box was found" in done.stderr
    assert not (tmp_path / "x.toml").exists()


def test_what_is_read_is_printed(stack):
    line = digitscope("form", "read", stack.template, stack.scan(0)).stdout
    assert line.startswith(f"{stack.scan(0)}: student=")
    form = json.loads(digitscope("form", "read", stack.template, stack.scan(0), "--json").stdout)
    assert {field["name"]: field["value"] for field in form["fields"]}["sum"] == stack.filled[0].values["sum"]


def test_several_processes_give_the_same_table(stack, tmp_path):
    scans = [stack.scan(0), stack.scan(1), "gone.png"]
    for jobs in (1, 2):
        digitscope("form", "read", stack.template, *scans, "--out", tmp_path / f"{jobs}.csv", "--jobs", jobs, status=1)
    rows = [list(csv.reader((tmp_path / f"{jobs}.csv").read_text().splitlines())) for jobs in (1, 2)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scan.png"], "A template and scans are needed"),
        (["gone.toml", "scan.png"], "No such file"),
        (["gone.toml", "scan.png", "--out", "marks.txt"], "ends in .csv, .json, .xlsx, .parquet"),
    ],
)
def test_wrong_usage_is_said(arguments, message):
    assert message in digitscope("form", "read", *arguments, status=2).stderr


def test_the_editor_listens_until_it_is_interrupted(stack):
    pytest.importorskip("tomlkit", reason="the extra `forms` is not installed")
    command = [sys.executable, "-m", "digitscope", "form", "edit", str(stack.template)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        address = running.stdout.readline().strip()
        with urllib.request.urlopen(f"{address}/template") as answer:
            found = json.load(answer)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
        assert "Traceback" not in running.stderr.read()
    assert [entry["name"] for entry in found["entries"]] == [
        field.name for field in load_template(stack.template).fields
    ]
    assert "cannot be read" in digitscope("form", "edit", "gone.toml", status=2).stderr
