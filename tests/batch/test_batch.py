"""Batches as a whole: rows, resumption, errors in their place, nothing lost."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from threading import Thread

import cv2
import numpy as np
import pytest
from pyarrow import parquet

import digitscope as ds
from digitscope.batch import output, read_into, work
from digitscope.batch.schema import SCHEMA
from digitscope.errors import BatchError, ImageError, UsageError

ROOT = Path(__file__).parents[2]


def command(scans, out, *more):
    return [sys.executable, "-m", "digitscope", "batch", str(scans), "--out", str(out), *map(str, more)]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A PDF of two pages."""
    from PIL import Image

    path = tmp_path_factory.mktemp("pages") / "two.pdf"
    page = Image.new("L", (300, 200), 255)
    page.save(path, save_all=True, append_images=[page])
    return path


def test_each_page_has_its_row_and_each_error_too(scans, pages, tmp_path, rows):
    steps = []
    summary = read_into(tmp_path / "out", [str(scans), str(pages)], jobs=1, part_size=5, progress=steps.append)
    found = rows(tmp_path / "out")
    assert (summary.items, summary.rows, summary.errors, summary.read_now) == (13, 14, 1, 13)
    assert [row["path"] for row in found[:4]] == [f"{scans}/{n}.png" for n in range(4)]
    assert [row["page"] for row in found[-2:]] == [0, 1]
    assert [row["path"] for row in found if row["error"]] == [f"{scans}/3.png"]
    assert [step.items for step in steps] == list(range(1, 14))
    assert {step.total for step in steps} == {13}
    assert [len(list((tmp_path / "out").glob("part-*")))] == [3]
    assert parquet.read_schema(tmp_path / "out" / "part-000000.parquet").equals(SCHEMA)


def test_what_is_left_is_known_of_archives_too(scans, pngs, tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("0.png", pngs[0])
        archive.writestr("1.png", pngs[1])

    class AtOnce(Thread):
        def start(self):
            self.run()

    monkeypatch.setattr("digitscope.batch.batch.Thread", AtOnce)
    steps = []
    read_into(tmp_path / "out", [str(scans / "0.png"), str(tmp_path / "a.zip")], jobs=1, progress=steps.append)
    assert [step.total for step in steps] == [3, 3, 3]


def test_a_row_says_what_read_says(scans, tmp_path, rows):
    read_into(tmp_path / "out", [str(scans / "0.png")], jobs=1)
    (row,) = rows(tmp_path / "out")
    reading = ds.read(scans / "0.png")
    (digit,) = reading.pages[0].glyphs
    assert row["text"] == reading.text
    assert (row["width"], row["height"]) == reading.pages[0].size
    (found,) = row["digits"]
    assert (found["value"], found["status"]) == (digit.value, digit.status)
    assert found["confidence"] == pytest.approx(digit.confidence)
    assert (found["x"], found["y"], found["w"], found["h"]) == digit.box
    assert [(point["x"], point["y"]) for point in found["polygon"]] == list(digit.polygon)
    assert [one["value"] for one in found["alternatives"]] == [value for value, _ in digit.alternatives]


def test_a_killed_batch_ends_as_an_uninterrupted_one(scans, tmp_path, rows, resumed):
    whole, out = whole_and_killed(scans, tmp_path, resumed, times=2, seed=0)
    assert rows(out) == rows(whole)
    assert {path.name for path in out.iterdir()} == {path.name for path in whole.iterdir()}


@pytest.mark.slow
def test_a_batch_killed_twenty_times_ends_as_an_uninterrupted_one(scans, tmp_path, rows, resumed):
    for number in range(12, 400):
        (scans / f"{number}.png").write_bytes((scans / f"{number % 3}.png").read_bytes())
    whole, out = whole_and_killed(scans, tmp_path, resumed, times=20, seed=1)
    assert rows(out) == rows(whole)
    assert {path.name for path in out.iterdir()} == {path.name for path in whole.iterdir()}


def whole_and_killed(scans, tmp_path, resumed, *, times, seed):
    whole, out = tmp_path / "whole", tmp_path / "out"
    began = time.monotonic()
    read_into(whole, [str(scans)], jobs=2, part_size=4)
    resumed(out, scans, times=times, between=(0, 1.5 * (time.monotonic() - began) + 2), seed=seed)
    return whole, out


def test_what_is_in_parts_is_not_read_again_and_a_vanished_file_becomes_a_row(scans, tmp_path, rows):
    out = tmp_path / "out"
    stop_after(6, out, scans)
    assert sorted(path.name for path in out.glob("part-*")) == ["part-000000.parquet"]
    before = (out / "part-000000.parquet").stat().st_mtime_ns
    (scans / "9.png").unlink()
    summary = read_into(out, [str(scans)], jobs=1, part_size=4, resume=True)
    assert (out / "part-000000.parquet").stat().st_mtime_ns == before
    assert (summary.items, summary.read_now) == (12, 8)
    (gone,) = [row for row in rows(out) if row["path"] == f"{scans}/9.png"]
    assert "There is no such file" in gone["error"]


@pytest.mark.parametrize("change", ["gone", "cut", "other"])
@pytest.mark.parametrize("part_size", [1, 4])
def test_an_archive_that_changes_before_a_batch_goes_on_is_an_error(pngs, tmp_path, rows, change, part_size):
    out, archive, after = tmp_path / "out", tmp_path / "a.zip", tmp_path / "b.png"
    after.write_bytes(pngs[0])

    def pack(count):
        with zipfile.ZipFile(archive, "w") as packed:
            for number in range(count):
                packed.writestr(f"{number}.png", pngs[number])

    pack(12)
    sources = [str(archive), str(after), str(after)]
    stop_after(part_size + 2, out, *sources, part_size=part_size)
    if change == "gone":
        archive.unlink()
    elif change == "cut":
        archive.write_bytes(archive.read_bytes()[:-30])
    else:
        pack(part_size - 1)
    stop_after(part_size + 3, out, *sources, part_size=part_size, resume=True)  # also once the error is written
    summary = read_into(out, sources, jobs=1, part_size=part_size, resume=True)
    *before, error, _, last = rows(out)
    assert [row["member"] for row in before] == [f"{number}.png" for number in range(part_size)]
    assert (error["path"], last["path"], last["error"]) == (str(archive), str(after), None)
    assert "The archive has changed or vanished since the batch began" in error["error"]
    assert (summary.items, summary.errors) == (part_size + 3, 1)


def stop_after(items, out, *sources, part_size=4, **options):
    def stop(step):
        if step.items == items:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_into(out, [str(source) for source in sources], jobs=1, part_size=part_size, progress=stop, **options)


def test_a_missing_part_in_the_middle_is_read_again(scans, tmp_path, rows):
    read_into(tmp_path / "out", [str(scans)], jobs=1, part_size=4)
    whole = rows(tmp_path / "out")
    (tmp_path / "out" / "part-000001.parquet").unlink()
    manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text())
    (tmp_path / "out" / "_manifest.json").write_text(json.dumps(manifest | {"done": False}))
    summary = read_into(tmp_path / "out", [str(scans)], jobs=1, part_size=4, resume=True)
    assert summary.read_now == 4
    assert rows(tmp_path / "out") == whole


def test_an_output_is_neither_replaced_nor_mixed(scans, tmp_path, rows):
    out = tmp_path / "out"
    read_into(out, [str(scans / "0.png")], jobs=1)
    with pytest.raises(BatchError, match="There is an output already"):
        read_into(out, [str(scans)], jobs=1)
    with pytest.raises(BatchError, match="another sources"):
        read_into(out, [str(scans)], jobs=1, resume=True)
    with pytest.raises(BatchError, match="another options"):
        read_into(out, [str(scans / "0.png")], jobs=1, resume=True, min_confidence=0.9)
    with pytest.raises(UsageError, match="Received: both"):
        read_into(out, [str(scans / "0.png")], jobs=1, resume=True, force=True)
    assert read_into(out, [str(scans / "0.png")], jobs=1, resume=True).read_now == 0
    with pytest.raises(BatchError, match="mistyped"):
        read_into(out, [str(scans / "1.png"), str(scans / "mistyped")], jobs=1, force=True)
    assert [row["path"] for row in rows(out)] == [f"{scans}/0.png"]  # nothing is deleted for a source that is not there
    read_into(out, [str(scans / "1.png")], jobs=1, force=True)
    assert [row["path"] for row in rows(out)] == [f"{scans}/1.png"]
    with pytest.raises(BatchError, match="holds something else"):
        read_into(scans, [str(scans)], jobs=1, force=True)
    assert (scans / "0.png").exists()


def test_an_output_of_another_version_is_not_continued(scans, tmp_path):
    read_into(tmp_path / "out", [str(scans / "0.png")], jobs=1)
    path = tmp_path / "out" / "_manifest.json"
    manifest = json.loads(path.read_text())
    manifest["job"]["digitscope"] = "0.0.1"
    path.write_text(json.dumps(manifest))
    with pytest.raises(BatchError, match=r"digitscope='0\.0\.1', or --force"):
        read_into(tmp_path / "out", [str(scans / "0.png")], jobs=1, resume=True)
    path.write_text("{")
    with pytest.raises(BatchError, match="manifest cannot be read"):
        read_into(tmp_path / "out", [str(scans / "0.png")], jobs=1, resume=True)


def test_two_batches_do_not_write_into_one_folder(scans, tmp_path):
    with output.held(tmp_path / "out"), pytest.raises(BatchError, match=f"process {os.getpid()} on .*, since 20"):
        read_into(tmp_path / "out", [str(scans)], jobs=1)
    read_into(tmp_path / "out", [str(scans / "0.png")], jobs=1)


def test_nothing_is_left_behind_by_a_mistyped_source_and_no_owner_by_any_error(scans, tmp_path):
    with pytest.raises(BatchError, match="There is no such source"):
        read_into(tmp_path / "out", [str(tmp_path / "scnas")], jobs=1)
    assert not (tmp_path / "out").exists()
    stop_after(6, tmp_path / "out", scans)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"_files.jsonl", "_lock", "_manifest.json", "part-000000.parquet"}


def test_wrong_arguments_are_errors_before_anything_is_written(scans, tmp_path):
    for wrong in (
        {"jobs": 0},
        {"timeout": 0},
        {"part_size": 0},
        {"rotate": 45},
        {"min_confidence": 2},
        {"model": "gpt"},
    ):
        with pytest.raises(UsageError, match="Received: "):
            read_into(tmp_path / "out", [str(scans)], **wrong)
    with pytest.raises(UsageError, match="cannot be on an object store"):
        read_into("s3://bucket/out", [str(scans)])
    with pytest.raises(UsageError, match="The output is a file"):
        read_into(scans / "0.png", [str(scans)])
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_an_error_that_keeps_what_is_written(scans, tmp_path, rows, disk_with_room_for, monkeypatch):
    whole = tmp_path / "whole"
    read_into(whole, [str(scans)], jobs=1, part_size=4)
    real, writing = os.fsync, itertools.count()

    def full(handle):
        if next(writing) >= 12:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BatchError, match="The disk is full"):
        read_into(tmp_path / "out", [str(scans)], jobs=1, part_size=4)
    monkeypatch.undo()
    assert not list((tmp_path / "out").glob(".*.tmp"))
    assert rows(tmp_path / "out") == rows(whole)[: len(rows(tmp_path / "out"))]
    read_into(tmp_path / "out", [str(scans)], jobs=1, part_size=4, resume=True)
    assert rows(tmp_path / "out") == rows(whole)


class Slow:
    """A reader whose page never comes."""

    def pages(self, content, **options):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            pass
        yield from ()


def test_what_takes_too_long_is_a_row_that_says_so(scans):
    began = time.monotonic()
    item = work.Item(str(scans / "0.png"))
    (row,) = work.rows(work.Options({}, timeout=0.2), Slow(), item)
    assert "takes too long. Expected at most 0.2 seconds" in row["error"]
    assert row["sha256"]
    assert time.monotonic() - began < 30
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_a_file_that_takes_too_long_to_open_is_not_called_damaged(scans, pages, ending, monkeypatch):
    def never(*given, **options):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            pass

    reader = ds.Recognizer()
    monkeypatch.setattr("PIL.Image.open", never)
    monkeypatch.setattr("pypdfium2.PdfPage.render", never)
    path = {"png": scans / "0.png", "pdf": pages}[ending]
    (row,) = work.rows(work.Options({}, timeout=0.3), reader, work.Item(str(path)))
    assert "takes too long. Expected at most 0.3 seconds" in row["error"]
    assert "damaged" not in row["error"]


def test_a_fault_of_ours_costs_one_row(scans):
    class Broken:
        def pages(self, content, **options):
            raise ZeroDivisionError("by nothing")

    (row,) = work.rows(work.Options({}), Broken(), work.Item(str(scans / "0.png")))
    assert "ZeroDivisionError: by nothing" in row["error"]


def test_a_member_is_read_from_its_place_in_the_file(scans):
    content = (scans / "0.png").read_bytes()
    assert work.item_bytes(work.Item(str(scans / "0.png"), "m", work.Stretch(5, 7))) == content[5:12]
    with pytest.raises(ImageError, match="cut off"):
        work.item_bytes(work.Item(str(scans / "0.png"), "m", work.Stretch(5, 10**6)))


def test_the_command_prints_what_came_out(scans, tmp_path):
    done = subprocess.run(command(scans, tmp_path / "out", "--jobs", 1), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("12 images read: 12 rows, 1 error, in ")
    again = subprocess.run(command(scans, tmp_path / "out", "--resume", "--json"), capture_output=True, text=True)
    assert json.loads(again.stdout)["read_now"] == 0
    refused = subprocess.run(command(scans, tmp_path / "out"), capture_output=True, text=True)
    assert refused.returncode == 1
    assert "--resume to go on, or --force" in " ".join(refused.stderr.split())


def test_the_command_gives_up_what_takes_too_long(scans, tmp_path, rows):
    noise = np.random.default_rng(0).integers(0, 255, (3000, 4000), np.uint8)
    (scans / "large.png").write_bytes(cv2.imencode(".png", noise)[1].tobytes())
    out = tmp_path / "out"
    done = subprocess.run(
        command(scans / "large.png", out, "--timeout", 0.05, "--jobs", 1), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (row,) = rows(out)
    assert "takes too long. Expected at most 0.05 seconds" in row["error"]


def test_processes_that_read_need_no_pyarrow():
    program = "import sys, digitscope.batch.work; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"
