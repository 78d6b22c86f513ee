"""The curl lines of the guide work, and answer what it shows."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PORT = "8000"


def lines() -> list[tuple[str, str]]:
    """Each curl line of the guide, and what it shows beneath, up to an ellipsis."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", (ROOT / "docs" / "how-to" / "serve.md").read_text(), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE):
            command, _, shown = part.partition("\n")
            if command.startswith("curl"):
                found.append((command, shown.strip().partition("…")[0]))
    return found


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize(("command", "shown"), lines())
def test_a_curl_line_answers_what_the_guide_shows(address, command, shown):
    words = [word.replace(f"http://127.0.0.1:{PORT}", address) for word in shlex.split(command)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(shown)
    assert shown or done.stdout.startswith("{")


def test_the_guide_has_curl_lines():
    assert len(lines()) >= 5
