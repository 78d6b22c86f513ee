"""`POST /v1/read` answers what `digitscope read --json` prints."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

import digitscope as ds


def plain(reading: dict) -> dict:
    """Without what differs from call to call."""
    return {key: value for key, value in reading.items() if key not in ("elapsed_ms", "path")}


@pytest.fixture(scope="module")
def expected(receipt):
    return plain(ds.read(receipt).to_dict())


def test_a_raw_image_is_read(client, receipt, expected):
    answer = client.post("/v1/read", content=receipt, headers={"content-type": "image/jpeg"})
    assert answer.status_code == 200
    assert plain(answer.json()) == expected
    assert answer.json()["path"] is None
    assert answer.json()["text"] == "40312\n77 5\n1968"


def test_a_form_with_a_file_is_read(client, receipt, expected):
    answer = client.post("/v1/read", files={"other": b"", "file": ("my receipt.jpg", receipt, "image/jpeg")})
    assert plain(answer.json()) == expected


def test_the_type_is_told_from_the_content(client, receipt, expected):
    answer = client.post("/v1/read", content=receipt, headers={"content-type": "text/plain"})
    assert plain(answer.json()) == expected


def test_a_pdf_is_read_page_by_page(client, receipt):
    file = io.BytesIO()
    picture = Image.open(io.BytesIO(receipt))
    picture.save(file, "PDF", save_all=True, append_images=[picture], resolution=100)
    reading = client.post("/v1/read", content=file.getvalue(), headers={"content-type": "application/pdf"}).json()
    assert reading["text"] == ds.read(file.getvalue()).text
    assert len(reading["pages"]) == 2


def test_confidence_and_doubtful_digits_are_as_asked_for(client, receipt, assert_problem):
    answer = client.post("/v1/read?min_confidence=1&doubtful=drop", content=receipt)
    assert answer.json()["text"] == ""
    digits = [digit for line in answer.json()["pages"][0]["lines"] for digit in line["digits"]]
    assert {digit["status"] for digit in digits} == {"doubtful"}
    problem = assert_problem(client.post("/v1/read?min_confidence=2", content=receipt), 422, "invalid-value")
    assert "min_confidence" in problem["detail"]


def test_a_row_is_read_as_what_is_expected(client, receipt, assert_problem):
    reading = client.post("/v1/read", params={"expect": r"\d{5}"}, content=receipt).json()
    (line, *_) = reading["pages"][0]["lines"]
    assert line["expected"]["text"] == "40312"
    assert plain(reading) == plain(ds.read(receipt, expect=r"\d{5}").to_dict())
    for pattern in ("(", "lun", r"[01]*1\d{30}"):
        answer = client.post("/v1/read", params={"expect": pattern}, content=receipt)
        assert_problem(answer, 422, "invalid-value")


def test_a_parameter_or_field_that_there_is_not_is_refused(client, receipt, assert_problem):
    problem = assert_problem(client.post("/v1/read?min_confidnce=0.9", content=receipt), 422, "invalid-value")
    assert "Expected one of: min_confidence, " in problem["detail"]
    assert_problem(client.post("/v1/classify?model=mlp", json={"images": []}), 422, "invalid-value")
    glyph = np.zeros((28, 28), int).tolist()
    problem = assert_problem(client.post("/v1/classify", json={"images": glyph, "modle": "mlp"}), 422, "invalid-value")
    assert problem["detail"] == "Unknown field. Expected one of: model, images. Received: field='modle'"


def test_only_the_region_is_read(client, receipt, assert_problem):
    whole = ds.read(receipt)
    x, y, w, h = (round(side) for side in whole.pages[0].lines[0].box)
    region = x - 20, y - 20, w + 40, h + 40
    reading = client.post(f"/v1/read?region={','.join(map(str, region))}", content=receipt).json()
    assert plain(reading) == plain(ds.read(receipt, region=region).to_dict())
    assert reading["text"] == whole.pages[0].lines[0].text
    assert_problem(client.post("/v1/read?region=1,2,3", content=receipt), 422, "invalid-value")
    assert_problem(client.post("/v1/read?region=1,2,0,3", content=receipt), 422, "invalid-value")


def test_pictures_show_the_page_its_steps_and_each_glyph(client, receipt):
    reading = ds.read(receipt)
    (pictures,) = client.post("/v1/read?pictures=true", content=receipt).json()["pictures"]
    glyphs = [np.frombuffer(base64.b64decode(glyph), np.uint8).reshape(28, 28) for glyph in pictures["glyphs"]]
    assert np.array_equal(glyphs, [digit.glyph for digit in reading.pages[0].glyphs])
    assert [step["name"] for step in pictures["steps"]] == list(reading.pages[0].steps)
    assert pictures["page"].startswith("data:image/jpeg;base64,")


def test_the_header_says_where_the_time_went(client, receipt):
    parts = client.post("/v1/read", content=receipt).headers["server-timing"].split(", ")
    assert {part.split(";")[0] for part in parts} == {"decoding", "reading", "encoding", "queueing"}


def test_what_is_no_image_is_a_problem(client, assert_problem, png):
    assert_problem(client.post("/v1/read", content=b"hello"), 415, "unsupported-type")
    headers = {"content-type": "text/html"}
    assert_problem(client.post("/v1/read", content=b"<p>", headers=headers), 415, "unsupported-type")
    damaged = png(np.zeros((50, 50), np.uint8))[:60]
    assert_problem(client.post("/v1/read", content=damaged), 422, "unreadable-image")
    assert_problem(client.post("/v1/read", content=b""), 400, "empty-body")


def test_a_damaged_form_is_a_problem(client, assert_problem):
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert_problem(client.post("/v1/read", content=b"nothing", headers=headers), 422, "unreadable-form")
    headers = {"content-type": "multipart/form-data"}
    assert_problem(client.post("/v1/read", content=b"nothing", headers=headers), 422, "unreadable-form")
    assert_problem(client.post("/v1/read", files={"x": (None, "y")}), 422, "no-file")


def test_a_path_in_a_request_opens_nothing(client, assert_problem):
    assert_problem(client.post("/v1/read", content=b"/etc/passwd"), 415, "unsupported-type")
    assert_problem(client.post("/v1/explain?model=/etc/passwd", content=b"x"), 404, "unknown-model")
