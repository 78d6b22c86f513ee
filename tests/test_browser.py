"""Tests in a browser are skipped where there is none, and fail in CI: nothing there may go untested unnoticed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("ci", "status", "outcome"), [("true", 1, "1 error"), ("", 0, "1 skipped")])
def test_a_missing_chromium_is_an_error_in_ci_and_a_skip_elsewhere(tmp_path, ci, status, outcome):
    (tmp_path / "test_page.py").write_text("def test_page(browser):\n    assert browser\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
        "-c",
        ROOT / "pyproject.toml",
    ]
    ways = os.pathsep.join([str(ROOT / "tests"), *sys.path])
    environment = {**os.environ, "PYTHONPATH": ways, "PATH": str(tmp_path), "CI": ci}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, outcome in done.stdout) == (status, True), done.stdout + done.stderr
    assert "Chromium is not on the PATH" in done.stdout
