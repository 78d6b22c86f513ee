import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digitscope.cli import app
from digitscope.errors import UsageError

runner = CliRunner()


def test_an_unknown_experiment_is_refused_with_the_list(tmp_path: Path):
    result = runner.invoke(app, ["why", "shift", "--out", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert "shifts" in str(result.exception)


def test_no_seed_is_no_experiment():
    assert runner.invoke(app, ["why", "--seeds", "0"]).exit_code == 2


@pytest.mark.slow
def test_one_experiment_runs_prints_its_verdict_and_leaves_result_and_plot(tmp_path: Path):
    arguments = ["why", "first-layer", "--fast", "--seeds", "1", "--out", str(tmp_path)]
    printed = runner.invoke(app, arguments, catch_exceptions=False).stdout
    assert re.search(r"verdict: the claim is open: .*\(1 seed, .*no intervals", printed)
    assert (tmp_path / "why-first-layer.svg").read_text().rstrip().endswith("</svg>")
    # The second call finds the trainings of the first and prints the same as JSON.
    again = json.loads(runner.invoke(app, [*arguments, "--json"], catch_exceptions=False).stdout)
    assert again["first-layer"] == json.loads((tmp_path / "why-first-layer.json").read_text())
    assert again["first-layer"]["verdict"] == "open"
