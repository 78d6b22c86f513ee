"""Many files, several processes: in order, each error in its place, and nothing left behind."""

import importlib
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

import digitscope as ds
from digitscope.cli.sources import File
from digitscope.errors import ImageError, UsageError
from digitscope.reading import pool


@pytest.fixture(scope="module")
def reader():
    return ds.Recognizer()


@pytest.fixture(scope="module")
def photos(mnist, tmp_path_factory):
    """Six digits of the last 5,000 training images, and a file that is none."""
    folder = tmp_path_factory.mktemp("photos")
    paths = [folder / f"{n}.png" for n in range(6)]
    for path, image in zip(paths, mnist.held_out.images, strict=False):
        cv2.imwrite(str(path), 255 - np.pad(image, 10))
    paths[3].write_text("no image")
    return [str(path) for path in paths]


WORK = '''
import os, time
from digitscope.errors import ImageError

def negative(reader, item):
    """The number's negative, after a while that is longer for small ones; 3 is no image, 5 kills."""
    time.sleep(0.02 * (8 - item) if item < 8 else 0)
    if item == 3:
        raise ImageError("three")
    if item == 5:
        os._exit(9)
    return -item, os.getpid()
'''


@pytest.fixture
def negative(tmp_path, monkeypatch):
    """A function that other processes can import."""
    (tmp_path / "negatives.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("negatives").negative
    del sys.modules["negatives"]


def test_readings_come_in_order_with_errors_in_their_place_whatever_the_jobs(photos, reader):
    alone = list(ds.read_many(photos, jobs=1))
    assert [isinstance(one, ImageError) for one in alone] == [False, False, False, True, False, False]
    assert [one.path for one in alone if isinstance(one, ds.Reading)] == [*photos[:3], *photos[4:]]
    several = list(ds.read_many(photos, jobs=2))
    assert [str(one) if isinstance(one, ImageError) else one for one in several] == [
        str(one) if isinstance(one, ImageError) else one for one in alone
    ]
    assert several[0].pages[0].image is None
    assert np.array_equal(several[0].annotated(), reader.read(photos[0]).annotated())


def test_items_are_taken_as_they_are_needed_and_come_in_order(reader, negative):
    taken = []
    items = (taken.append(n) or n for n in itertools.chain([0, 1, 2], itertools.count(10)))
    results = pool.process(reader, negative, items, jobs=2)
    found = [next(results) for _ in range(6)]
    assert [value for value, _ in found] == [0, -1, -2, -10, -11, -12]
    assert {process for _, process in found} & {os.getpid()} == set()
    assert len(taken) <= 2 * pool.AHEAD + 6
    results.close()
    assert_ends(process for _, process in found)


def test_a_process_that_dies_costs_its_own_item_only(reader, negative):
    results = list(pool.process(reader, negative, [1, 2, 3, 4, 5, 6, 7], jobs=2))
    values = [str(one) if isinstance(one, ImageError) else one[0] for one in results]
    assert values[:4] == [-1, -2, "three", -4]
    assert "The process that read it died twice" in values[4]
    assert values[4].endswith("Received: type=int")
    assert values[5:] == [-6, -7]


def test_what_killed_a_process_is_named_by_its_path_and_never_by_its_contents():
    names = [pool._named(item) for item in ("a.png", Path("b.png"), File("c.png"), bytes(9), np.zeros((9, 9)))]
    assert names == ["path='a.png'", "path='b.png'", "path='c.png'", "type=bytes", "type=ndarray"]


def test_wrong_jobs_and_models_are_errors_at_once(photos):
    with pytest.raises(UsageError, match="jobs=0"):
        ds.read_many(photos, jobs=0)
    with pytest.raises(UsageError, match="Unknown model"):
        ds.read_many(photos, jobs=2, model="gpt")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_or_killed_call_leaves_no_process_and_no_traceback(photos, tmp_path, sent):
    many = tmp_path / "many"
    many.mkdir()
    for n in range(3_000):
        (many / f"{n}.png").write_bytes(Path(photos[0]).read_bytes())
    command = [sys.executable, "-m", "digitscope", "read", str(many), "--jobs", "2"]
    done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    assert done.stdout.readline().startswith(str(many / "0.png").encode())
    children = descendants(done.pid)
    assert len(children) >= 2
    if sent == signal.SIGINT:
        os.killpg(done.pid, sent)  # as a terminal does
    else:
        done.kill()
    _, complaints = done.communicate(timeout=60)
    assert done.returncode == (130 if sent == signal.SIGINT else -sent)
    assert b"Traceback" not in complaints
    assert_ends(children)


def descendants(process):
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def assert_ends(processes):
    """Each of these processes ends within a while."""
    left, until = set(processes), time.monotonic() + 30
    while left and time.monotonic() < until:
        left = {process for process in left if os.path.exists(f"/proc/{process}")}
    assert not left
