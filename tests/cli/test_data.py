import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitscope.mnist.files import FILES


def digitscope(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "digitscope", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **options)


def elsewhere(**places: Path) -> dict[str, str]:
    """The environment with these places, and without any other that MNIST is looked for in."""
    ours = ("DIGITSCOPE_DATA", "KERAS_HOME", "XDG_CACHE_HOME")
    rest = {name: value for name, value in os.environ.items() if name not in ours}
    return {**rest, **{name: str(place) for name, place in places.items()}}


def test_info_says_where_it_is_with_checksums_and_counts(mnist):
    answer = json.loads(digitscope("data", "info", "--json").stdout)

    assert answer["source"] == mnist.source
    assert answer["files"] == {file.name: file.sha256 for file in FILES}
    assert [sum(counts) for counts in answer["counts"].values()] == [60_000, 10_000]
    assert "CC BY-SA 3.0" in answer["license"]


def test_info_for_people_has_whole_checksums_and_no_escape_codes_in_a_pipe(mnist):
    answer = digitscope("data", "info").stdout

    assert mnist.source in answer
    assert all(f"{file.sha256}  {file.name}" in answer for file in FILES)
    assert "\x1b" not in answer


def test_info_where_there_is_none_says_how_to_get_it(tmp_path):
    done = digitscope("data", "info", env=elsewhere(HOME=tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert "Run `digitscope data fetch`" in done.stderr


def test_fetch_leaves_a_good_cache_alone(mnist, tmp_path):
    cache = tmp_path / "digitscope" / "mnist.npz"
    cache.parent.mkdir()
    arrays = [*mnist.train, *mnist.test]
    np.savez(cache, **{file.key: array for file, array in zip(FILES, arrays, strict=True)})
    before = cache.stat().st_mtime_ns

    done = digitscope("data", "fetch", "--json", env=elsewhere(XDG_CACHE_HOME=tmp_path))

    assert json.loads(done.stdout)["source"] == str(cache)
    assert cache.stat().st_mtime_ns == before


def test_sample_shows_ink_and_labels_in_a_pipe_and_writes_a_png(tmp_path):
    png = tmp_path / "sample.png"

    done = digitscope("data", "sample", "--count", 5, "--out", png)

    assert done.stderr == ""
    assert done.stdout.count("█") > 20
    assert ["0", "1", "2", "3", "4"] in [line.split() for line in done.stdout.splitlines()]
    with Image.open(png) as image:
        assert image.size == ((5 * 32 + 4) * 4, (37 + 4) * 4)


def test_sample_as_json_gives_indices_and_labels(mnist):
    answer = json.loads(digitscope("data", "sample", "--count", 3, "--test", "--seed", 5, "--json").stdout)

    assert answer["labels"] == mnist.test_labels[answer["indices"]].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["data", "sample", "--count", "0"], 2, "--count"),
        (["data", "nonsense"], 2, "nonsense"),
        (["data", "info", "--data", "/not/there"], 1, "No such file or folder"),
        (["data", "sample", "--out", "/dev/null/sample.png"], 1, "/dev/null"),
    ],
)
def test_exit_status_is_2_for_wrong_usage_and_1_for_what_failed(arguments, status, message):
    done = digitscope(*arguments)

    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
