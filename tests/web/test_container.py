"""The Dockerfile's install and start lines in a clean environment, as a user without rights, over a read-only tree.

No container is run: its own lines are, read from the file, so that neither can differ from what is tested.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import venv
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text()
NOBODY = 65534

pytestmark = pytest.mark.slow


def line(instruction: str, start: str = "") -> str:
    """What follows the one instruction that begins so."""
    (found,) = re.findall(rf"^{instruction} ({re.escape(start)}.*)$", TEXT, re.MULTILINE)
    return found


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    """A folder that everybody may read and nobody write: what is copied, and an environment with what is installed."""
    folder = Path(tempfile.mkdtemp(prefix="digitscope-container-"))
    build = folder / "build"
    build.mkdir()
    for copied in re.findall(r"^COPY (.*) (/build\S*)$", TEXT, re.MULTILINE):
        for name in copied[0].split():
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / copied[1].strip("/"), ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / copied[1].strip("/"))
    venv.create(folder / "venv", with_pip=True)
    install = line("RUN", "pip install").replace("/build", str(build))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    subprocess.run(f"{folder}/venv/bin/{install}", shell=True, check=True, env=environment, cwd=folder)
    shutil.rmtree(build)
    subprocess.run(["chmod", "-R", "a-w,a+rX", folder], check=True)
    yield folder
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    shutil.rmtree(folder)


def test_the_start_line_serves_a_read(tree, receipt):
    assert line("USER") == "digitscope"
    words = json.loads(line("CMD"))
    port = words[words.index("--port") + 1]
    assert line("EXPOSE") == port
    assert f"127.0.0.1:{port}/readyz" in line("HEALTHCHECK")
    words[words.index("--host") + 1] = "127.0.0.1"
    words[words.index("--port") + 1] = "0"
    process = subprocess.Popen(
        [tree / "venv" / "bin" / words[0], *words[1:]],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tree,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        **({"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}),
    )
    try:
        address = process.stdout.readline().strip()
        answer = httpx2.post(f"{address}/v1/read", content=receipt, timeout=60)
        assert answer.json()["text"] == "40312\n77 5\n1968"
        start = time.monotonic()
        process.terminate()
        process.wait(30)
        assert time.monotonic() - start < 30
    finally:
        process.kill()
        process.communicate()


def test_the_environment_has_no_training(tree):
    program = "import importlib.util as u; print([n for n in ('keras', 'tensorflow', 'matplotlib') if u.find_spec(n)])"
    done = subprocess.run([tree / "venv" / "bin" / "python", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
