import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from PIL import Image as PilImage

from digitscope.reading.result import CSV_COLUMNS, Reading
from digitscope.synthesis.pages import make_page


def digitscope(*arguments, stdin=None):
    command = [sys.executable, "-m", "digitscope", "read", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, input=stdin, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two photos of one row each, 9.png and 10.png, and a file that only says it is one."""
    folder = tmp_path_factory.mktemp("photos")
    for name, text in (("9.png", "407"), ("10.png", "1 8")):
        page = make_page("dev", 3, text=text, paper="plain", distance="wide", degradations=(), height=60)
        cv2.imwrite(str(folder / name), page.image[..., ::-1])
    (folder / "11.png").write_text("no image")
    return folder


def test_one_file_gives_its_text_alone(folder):
    done = digitscope(folder / "9.png")
    assert done.stdout.decode() == "407\n"
    assert done.stderr == b""
    assert done.returncode == 0


def test_a_folder_gives_a_line_a_file_and_a_bad_file_does_not_stop_the_others(folder):
    done = digitscope(folder)
    assert done.stdout.decode() == f"{folder / '9.png'}: 407\n{folder / '10.png'}: 1 8\n"
    assert b"11.png" in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.returncode == 1


def test_a_doubtful_digit_is_marked_kept_or_dropped(folder):
    texts = [
        digitscope(folder / "9.png", "--min-confidence", "1", "--doubtful", way).stdout.decode()
        for way in ("mark", "keep", "drop")
    ]
    assert texts == ["???\n", "407\n", ""]


def test_an_expected_row_is_given_as_it_fits_with_its_probability_or_marked(folder):
    fitting = digitscope(folder / "9.png", "--digits", "3").stdout.decode()
    assert re.fullmatch(r"407 \(\d+\.\d%\)\n", fitting)
    assert digitscope(folder / "9.png", "--expect", r"\d{5}").stdout.decode() == "407 (does not fit)\n"
    both = json.loads(digitscope(folder / "10.png", "--digits", "2", "--expect", "luhn", "--json").stdout)
    assert both["text"] == "1 8"  # as it was read
    assert both["pages"][0]["lines"][0]["expected"] == {
        "pattern": r"\d{2} luhn",
        "text": "18",
        "probability": pytest.approx(0.95, abs=0.05),
    }


def test_json_gives_one_object_a_line_also_for_what_failed(folder):
    done = digitscope(folder, "missing.png", "--json")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    answers = {json.loads(line)["path"]: json.loads(line) for line in lines}
    assert set(answers) == {"missing.png", *(str(folder / name) for name in ("9.png", "10.png", "11.png"))}
    assert set(answers["missing.png"]) == {"path", "error"}
    assert Reading.from_dict(answers[str(folder / "9.png")]).text == "407"


def test_csv_has_a_header_and_a_row_a_glyph(folder):
    rows = list(csv.reader(io.StringIO(digitscope(folder / "9.png", "--csv").stdout.decode())))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row[4] for row in rows[1:] if row[6] == "accepted"] == ["4", "0", "7"]


def test_a_dash_is_standard_input(folder):
    done = digitscope("-", "--json", stdin=(folder / "9.png").read_bytes())
    answer = json.loads(done.stdout)
    assert answer["path"] is None
    assert answer["text"] == "407"
    empty = digitscope("-", "--json", stdin=b"")
    assert json.loads(empty.stdout)["path"] is None
    assert empty.returncode == 1
    (row,) = csv.DictReader(io.StringIO(digitscope("-", "--csv", stdin=b"").stdout.decode()))
    assert row["path"] == ""
    assert "is empty" in row["error"]


def test_annotated_photos_and_steps_are_saved_beside_each_other(folder, tmp_path):
    done = digitscope(folder, "--annotate", tmp_path / "seen", "--steps", tmp_path / "steps")
    assert done.returncode == 1  # for the bad file
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == ["10-read.png", "9-read.png"]
    assert sorted(path.name for path in (tmp_path / "steps").iterdir()) == ["10", "9"]
    assert len(list((tmp_path / "steps" / "9").glob("*.png"))) >= 3


def test_a_path_in_letters_that_the_locale_lacks_is_printed_in_utf_8(folder, tmp_path):
    path = tmp_path / "данные.png"
    path.write_bytes((folder / "11.png").read_bytes())
    command = [sys.executable, "-m", "digitscope", "read", str(path), "--json"]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"}, check=False)
    assert json.loads(done.stdout.decode())["path"] == str(path)


def test_the_steps_of_a_documents_pages_and_of_other_files_are_kept_apart(folder, tmp_path):
    first = PilImage.open(folder / "9.png")
    first.save(tmp_path / "a.tif", save_all=True, append_images=[PilImage.open(folder / "10.png")])
    first.save(tmp_path / "a-2.png")
    digitscope(tmp_path / "a.tif", tmp_path / "a-2.png", "--steps", tmp_path / "steps")
    folders = {path.parent.relative_to(tmp_path / "steps").as_posix() for path in tmp_path.glob("steps/**/*.png")}
    assert folders == {"a", "a/page-2", "a-2"}


def test_a_documents_pages_are_parted_by_form_feeds_and_numbered(folder, tmp_path):
    path = tmp_path / "scans.tif"
    first, second = (PilImage.open(folder / name) for name in ("9.png", "10.png"))
    first.save(path, save_all=True, append_images=[PilImage.new("RGB", (300, 200), "white"), second])
    assert digitscope(path).stdout.decode() == "407\n\f\f1 8\n"
    several = digitscope(path, folder / "9.png").stdout.decode()
    assert several == f"{path}: 407\f\f1 8\n{folder / '9.png'}: 407\n"
    rows = list(csv.DictReader(io.StringIO(digitscope(path, "--csv").stdout.decode())))
    assert [row["page"] for row in rows if row["status"] == "accepted"] == ["0", "0", "0", "2", "2"]
    done = digitscope("-", "--json", "--annotate", tmp_path / "seen", stdin=path.read_bytes())
    assert json.loads(done.stdout)["text"] == "407\f\f1 8"
    names = ["stdin-read-2.png", "stdin-read-3.png", "stdin-read.png"]
    assert sorted(saved.name for saved in (tmp_path / "seen").iterdir()) == names


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--json", "--csv"], b"Only one format"),
        (["--model", "gpt"], b"Unknown model"),
        (["--min-confidence", "2"], b"min-confidence"),
        (["--max-pixels", "0"], b"max-pixels"),
        (["--model", "detector"], b"Expected a classifier"),
        (["--region", "1,2,3"], b"four whole numbers"),
        (["missing.png", "--annotate", "out.png"], b"Several images cannot be saved under one name"),
        (["--doubtful", "hide"], b"doubtful"),
        (["--expect", "("], b"no regular expression"),
        (["--expect", "lun"], b"luhn"),
        (["--digits", "0"], b"digits"),
        (["--digits", "3", "--csv"], b"CSV"),
    ],
)
def test_wrong_usage_ends_with_2(folder, arguments, words):
    done = digitscope(folder / "9.png", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_blank_page_prints_nothing_but_a_word_on_stderr(tmp_path):
    path = tmp_path / "blank.png"
    cv2.imwrite(str(path), cv2.UMat(60, 80, cv2.CV_8UC1, 250.0).get())
    done = digitscope(path)
    assert done.stdout == b""
    assert b"No digit" in done.stderr
    assert done.returncode == 0


def test_two_files_of_one_name_are_both_saved(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "9.png").write_bytes((folder / "9.png").read_bytes())
    digitscope(folder / "9.png", other / "9.png", "--annotate", tmp_path / "seen")
    assert {path.name for path in Path(tmp_path / "seen").iterdir()} == {"9-read.png", "9 (2)-read.png"}


def test_subfolders_are_read_in_order_by_any_number_of_processes_and_each_file_has_a_csv_row(folder, tmp_path):
    for name in ("b/2.png", "b/10.png", "a/1.png", ".hidden/1.png"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes((folder / "9.png").read_bytes())
    cv2.imwrite(str(tmp_path / "in" / "blank.png"), cv2.UMat(60, 80, cv2.CV_8UC1, 250.0).get())
    (tmp_path / "in" / "b" / "3.png").write_text("no image")
    seen = tmp_path / "in" / "seen"
    done = digitscope(tmp_path / "in", "--csv", "--jobs", 2, "--annotate", seen)
    assert done.returncode == 1
    assert done.stderr == b""
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    names = [str(Path(row["path"]).relative_to(tmp_path / "in")) for row in rows]
    assert list(dict.fromkeys(names)) == ["blank.png", "a/1.png", "b/2.png", "b/3.png", "b/10.png"]
    assert set(rows[0].values()) == {str(tmp_path / "in" / "blank.png"), ""}
    (failed,) = [row for row in rows if row["error"]]
    assert "no known kind" in failed["error"]
    saved = sorted(str(path.relative_to(seen)) for path in seen.rglob("*.png"))
    assert saved == ["a/1-read.png", "b/10-read.png", "b/2-read.png", "blank-read.png"]
    again = digitscope(tmp_path / "in", "--csv", "--jobs", 1, "--annotate", seen)
    assert again.stdout == done.stdout  # and what was saved is not read


def test_one_image_is_annotated_under_the_name_given_and_read_in_part(folder, tmp_path):
    whole = json.loads(digitscope(folder / "9.png", "--json").stdout)
    x, y, w, h = whole["pages"][0]["lines"][0]["digits"][2]["box"]
    region = f"{x - 8},{y - 8},{w + 16},{h + 16}"
    done = digitscope(folder / "9.png", "--region", region, "--rotate", "0", "--annotate", tmp_path / "seen.jpg")
    assert done.stdout.decode() == "7\n"
    assert (tmp_path / "seen.jpg").read_bytes().startswith(b"\xff\xd8")  # a JPEG
