"""Answers: kept at once, survived, taken back, merged, and turned into labels."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

pytest.importorskip("fastapi", reason="the extra `forms` is not installed")

from fastapi.testclient import TestClient

from digitscope.batch import read_into
from digitscope.errors import BatchError, DataError, ImageError
from digitscope.forms import table
from digitscope.forms.result import FieldReading, FormReading
from digitscope.reading.labelled import load_labelled
from digitscope.reading.reader import Recognizer
from digitscope.review import crops, doubts, journal, labels, merging, server
from digitscope.review.app import Review, create_app


@pytest.fixture(scope="module")
def read_once(mnist, tmp_path_factory):
    """A batch of a row of four digits and of one alone, of which two may be anything."""
    folder = tmp_path_factory.mktemp("review")
    (folder / "scans").mkdir()
    row = np.concatenate([np.pad(image, 16) for image in mnist.held_out.images[:4]], axis=1)
    Image.fromarray(255 - row).save(folder / "scans" / "row.png")
    Image.fromarray(255 - np.pad(mnist.held_out.images[4], 20)).save(folder / "scans" / "single.png")
    read_into(folder / "out", [str(folder / "scans")], jobs=1, min_confidence=1.0)
    return folder


@pytest.fixture
def batch(read_once, tmp_path):
    """The batch's output, in which every digit is doubtful, for a test to change."""
    out = tmp_path / "out"
    out.mkdir()
    for file in (read_once / "out").iterdir():
        (out / file.name).write_bytes(file.read_bytes())
    return out


@pytest.fixture
def truth(mnist):
    return [str(label) for label in mnist.held_out.labels[:5]]


def marks(path, scan):
    """A table of one form with a doubtful field, an empty and a good one."""
    corners = ((10.0, 10.0), (200.0, 10.0), (200.0, 50.0), (10.0, 50.0))
    fields = (
        FieldReading("points.1", "17", 0.6, "doubtful", 0, corners, (("11", 0.3),), r"\d{2}"),
        FieldReading("points.2", None, 0.99, "empty", 0, corners, (), r"\d{2}"),
        FieldReading("points.3", "5", 0.99, "ok", 0, corners, (), r"\d"),
        FieldReading("total", "22", 0.5, "doubtful", 0, corners, (), r"\d{2}"),
    )
    table.save([FormReading(str(scan), None, 0, "exam", (0,), fields)], path)
    return path


def test_what_is_doubtful_is_found_with_its_place(batch, tmp_path):
    found = doubts.found(batch)
    assert len(found) == 5
    assert all(one.one_digit and one.sha256 and len(one.polygon) == 4 for one in found)
    of_form = doubts.found(marks(tmp_path / "marks.parquet", tmp_path / "scan.png"))
    assert [(one.key, one.value) for one in of_form] == [("0:points.1", "17"), ("0:total", "22")]
    assert of_form[0].alternatives == (("17", 0.6), ("11", 0.3))


@pytest.mark.parametrize("name", ["gone.parquet", ".", "marks.csv"])
def test_what_cannot_be_gone_through_is_an_error(name, tmp_path):
    (tmp_path / "marks.csv").touch()
    with pytest.raises(DataError, match=r"Expected .* Received: path="):
        doubts.found(tmp_path / name)


def question(key, *, page=0, polygon=((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))):
    return doubts.Doubt(key, key, "scan.png", None, page, "00ff", polygon, "1", (), False)


def test_a_journal_survives_a_kill_in_the_middle_of_a_line(tmp_path):
    a, b, c = map(question, "abc")
    first = journal.Journal(tmp_path / "j")
    first.add(a, "7")
    first.add(b, None)
    first.add(a, "1")
    first.take_back("b")
    whole = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(whole + b'{"key": "c", "val')
    again = journal.Journal(tmp_path / "j")
    assert again.answers([a, b, c]) == {"a": "1"}
    again.add(c, "3")
    assert journal.Journal(tmp_path / "j").answers([a, b, c]) == {"a": "1", "c": "3"}
    (tmp_path / "j").write_bytes(b"nonsense\n" + whole)
    with pytest.raises(DataError, match="line=1"):
        journal.Journal(tmp_path / "j")


def test_an_answer_about_another_reading_is_none(tmp_path):
    kept = journal.Journal(tmp_path / "j")
    kept.add(question("a"), "7")
    kept.add(question("b"), "8")
    (tmp_path / "j").write_text((tmp_path / "j").read_text() + '{"key": "c", "value": "9"}\n')  # as it once was
    again = journal.Journal(tmp_path / "j")
    assert again.answers([question("a", page=1), question("b"), question("c")]) == {"b": "8"}
    assert again.answers([question("a", polygon=((1.0, 0.0),) * 4)]) == {}


def test_a_table_that_replaces_another_inherits_only_answers_about_the_same_places(tmp_path):
    path = marks(tmp_path / "marks.parquet", tmp_path / "scan.png")
    before = Review(path)
    before.answer("0:points.1", "11")
    before.answer("0:total", "33")
    before.finish()
    marks(path, tmp_path / "scan.png")
    assert Review(path).answers == {"0:points.1": "11", "0:total": "33"}
    marks(path, tmp_path / "other.png")
    program = [sys.executable, "-m", "digitscope", "review", str(path), "--labels", str(tmp_path / "labels")]
    done = subprocess.run(program, capture_output=True, text=True)
    assert "2 answers in" in done.stderr
    assert "left out: about other readings" in " ".join(done.stderr.split())
    after = Review(path)
    assert [doubt.key for doubt in after.doubts] == ["0:points.1", "0:total"]
    assert after.finish() == 0
    assert table.load(path)[0]["points.1"].status == "doubtful"


def test_answers_are_in_the_text_and_merging_twice_is_merging_once(batch, truth):
    found = doubts.found(batch)
    answers = {one.key: value for one, value in zip(found, truth, strict=True)}
    answers[found[1].key] = None
    before = parquet.read_metadata(batch / "part-000000.parquet").metadata[b"digitscope.part"]
    for _ in range(2):
        assert merging.merge(batch, answers) == 5
        row, single = parquet.read_table(batch / "part-000000.parquet").to_pylist()
        assert row["text"].replace(" ", "") == truth[0] + truth[2] + truth[3]
        assert single["text"] == truth[4]
        assert [digit["status"] for digit in row["digits"]] == ["accepted", "rejected", "accepted", "accepted"]
    assert parquet.read_metadata(batch / "part-000000.parquet").metadata[b"digitscope.part"] == before
    assert doubts.found(batch) == []
    assert [one.key for one in doubts.found(batch, {one.key: one.identity for one in found})] == list(answers)
    assert doubts.found(batch, dict.fromkeys(answers, "about another")) == []


def test_answers_go_into_a_table_of_forms(tmp_path):
    path = marks(tmp_path / "marks.parquet", tmp_path / "scan.png")
    merging.merge(path, {"0:points.1": "11", "0:total": None})
    (form,) = table.load(path)
    assert [(field.value, field.status) for field in form] == [
        ("11", "ok"), (None, "empty"), ("5", "ok"), (None, "empty"),
    ]  # fmt: skip
    assert form["points.3"].confidence == 0.99


def test_the_page_is_given_questions_and_crops_and_keeps_answers(batch, truth):
    review = Review(batch)
    ended = []
    client = TestClient(create_app(review, finished=lambda: ended.append(True)), base_url="http://127.0.0.1")
    asked = client.get("/questions").json()["questions"]
    assert len(asked) == 5
    crop = client.get("/crops/0.png")
    assert crop.headers["content-type"] == "image/png"
    assert client.post("/answers", json={"key": asked[0]["key"], "value": truth[0]}).status_code == 204
    kept = json.loads(journal.beside(batch).read_text())
    assert kept == {"key": asked[0]["key"], "value": truth[0], "about": asked[0]["about"]}
    for wrong in (
        {"key": "other", "value": "1"},
        {"key": asked[1]["key"], "value": "12"},
        {"key": asked[1]["key"], "value": "x"},
    ):
        assert client.post("/answers", json=wrong).status_code == 422
    assert client.get("/crops/5.png").status_code == 422
    assert client.post("/answers/back", json={"key": asked[0]["key"]}).status_code == 204
    assert not any(one["answered"] for one in client.get("/questions").json()["questions"])
    assert client.post("/finish", json={}).json() == {"answers": 0}
    assert ended == [True]
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_a_scan_that_changed_or_is_gone_is_said_to_be(tmp_path):
    Image.new("L", (300, 80), 255).save(tmp_path / "scan.png")
    review = Review(marks(tmp_path / "marks.parquet", tmp_path / "scan.png"))
    client = TestClient(create_app(review, finished=lambda: None), base_url="http://127.0.0.1")
    assert client.get("/crops/0.png").status_code == 200
    review.papers.page.cache_clear()
    (tmp_path / "scan.png").unlink()
    assert "There is no such file" in client.get("/crops/0.png").json()["detail"]


def test_answers_become_glyphs_that_training_takes(batch, truth, tmp_path):
    found = doubts.found(batch)
    answers = {one.key: value for one, value in zip(found, truth, strict=True)}
    answers[found[0].key] = None
    assert labels.save(found, answers, tmp_path / "labels") == (4, 0)
    labelled = load_labelled(tmp_path / "labels")
    assert labelled.labels.tolist() == [int(value) for value in truth[1:]]
    assert labelled.images.shape == (4, 28, 28)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_glyphs_of_a_scan_that_is_not_upright_are_upright_and_in_order(mnist, truth, tmp_path, rotation):
    row = 255 - np.pad(np.concatenate([np.pad(image, 8) for image in mnist.held_out.images[:4]], axis=1), 20)
    Image.fromarray(row).rotate(rotation, expand=True).save(tmp_path / "scan.png")
    (h, w), turn = row.shape, rotation // 90
    corners = np.array([(20, 20), (w - 20, 20), (w - 20, h - 20), (20, h - 20)], float)
    for n in range(turn):
        corners = np.c_[corners[:, 1], (h if n % 2 else w) - corners[:, 0]]
    field = FieldReading("n", "1", 0.5, "doubtful", 0, tuple(map(tuple, corners.tolist())), (), r"\d+")
    table.save([FormReading(str(tmp_path / "scan.png"), None, 0, "exam", (0,), (field,))], tmp_path / "t.parquet")
    found = doubts.found(tmp_path / "t.parquet")
    assert labels.save(found, {found[0].key: "".join(truth[:4])}, tmp_path / "of_form") == (4, 0)
    read_into(tmp_path / "out", [str(tmp_path / "scan.png")], jobs=1, min_confidence=1.0, rotate=rotation)
    found = doubts.found(tmp_path / "out")
    answers = dict(zip((one.key for one in found), truth, strict=False))
    assert labels.save(found, answers, tmp_path / "of_batch") == (4, 0)
    for folder in ("of_form", "of_batch"):
        labelled = load_labelled(tmp_path / folder)
        assert Recognizer().classify(labelled.images).argmax(axis=1).tolist() == labelled.labels.tolist()


def test_a_crop_comes_from_the_column_that_the_batch_read(mnist, tmp_path):
    held_out = mnist.held_out.images
    pngs = [cv2.imencode(".png", 255 - np.pad(image, 20))[1].tobytes() for image in held_out[:2]]
    parquet.write_table(pa.table({"front": pngs[:1], "back": pngs[1:]}), tmp_path / "two.parquet")
    for column, png in zip(("front", "back"), pngs, strict=True):
        out = tmp_path / column
        read_into(out, [str(tmp_path / "two.parquet")], jobs=1, min_confidence=1.0, column=column)
        (doubt,) = doubts.found(out)
        assert crops.file_content(crops.paper_of(doubt)) == png
        assert crops.Papers().crop(doubt).startswith(b"\x89PNG")


def test_what_lies_beyond_the_page_is_paper(tmp_path):
    page = np.full((40, 60), 200, np.uint8)
    page[10:20, 50:60] = 0
    shown = crops.upright(page, ((60.0, 20.0), (50.0, 20.0), (50.0, 10.0), (60.0, 10.0)), across=1, down=0.5)
    assert (shown.pixels.shape, shown.box) == ((20, 20), (0, 5, 10, 10))
    assert (shown.pixels[5:15, :10] == 0).all()
    assert (shown.pixels[:, 10:] == 200).all()
    assert shown.corners == pytest.approx(np.array([(0, 5), (10, 5), (10, 15), (0, 15)]))
    with pytest.raises(ImageError, match="no place on a page"):
        crops.upright(page, ((1.0, 1.0), (9.0, 1.0), (1.0, 1.0), (9.0, 1.0)), across=1, down=0.5)


def test_a_kill_loses_no_answer_and_two_do_not_go_through_one_file(batch, truth):
    program = [sys.executable, "-m", "digitscope", "review", str(batch)]
    begun = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    address = begun.stdout.readline().strip()
    with pytest.raises(BatchError, match="Another program goes through this file"):
        server.serve(batch, port=0, started=print)
    asked = json.load(urllib.request.urlopen(f"{address}/questions"))["questions"]
    post(f"{address}/answers", {"key": asked[0]["key"], "value": truth[0]})
    begun.kill()
    begun.communicate()
    begun = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    address = begun.stdout.readline().strip()
    asked = json.load(urllib.request.urlopen(f"{address}/questions"))["questions"]
    assert [one["answered"] for one in asked] == [True, False, False, False, False]
    begun.send_signal(signal.SIGINT)
    printed, _ = begun.communicate(timeout=60)
    assert printed == f"1 answer written into {batch}\n"
    assert len(doubts.found(batch)) == 4
    assert begun.returncode == 0


def post(address, body):
    request = urllib.request.Request(address, json.dumps(body).encode(), {"content-type": "application/json"})
    assert urllib.request.urlopen(request).status == 204


def test_the_command_saves_labels(batch, truth, tmp_path):
    kept = journal.Journal(journal.beside(batch))
    kept.add(doubts.found(batch)[4], truth[4])
    program = [sys.executable, "-m", "digitscope", "review", str(batch), "--labels", str(tmp_path / "labels")]
    done = subprocess.run(program, capture_output=True, text=True)
    assert done.stdout.startswith("1 labelled glyph"), done.stderr
    assert Path(tmp_path / "labels" / "index.csv").read_text() == f"path,label\n000000.png,{truth[4]}\n"
