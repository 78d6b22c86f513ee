import csv
import dataclasses
import io
import json
import re
import zipfile

import pytest

from digitscope.errors import DataError, UsageError
from digitscope.forms import table
from digitscope.forms.result import FieldReading, FormReading

SQUARE = ((1.0, 2.0), (11.0, 2.5), (11.0, 7.0), (1.0, 6.5))
FORMS = [
    FormReading(
        "a.pdf", "00ff", 0, "exam", (0, 1),
        (
            FieldReading("student", "0412", 0.99, "ok", 0, SQUARE, (("0413", 0.004),), r"\d{4}"),
            FieldReading("sum", None, 1.0, "empty", 1, SQUARE, (), r"\d{1,3}"),
            FieldReading("points.1", "17", 0.7, "doubtful", 1, SQUARE, (("11", 0.2), ("12", 0.1)), r"\d{1,2}"),
        ),
    ),
    FormReading(
        "b.png", None, 0, None, (),
        (
            FieldReading("student", None, 0.0, "not this form", expect=r"\d{4}"),
            FieldReading("sum", None, 0.0, "not this form", expect=r"\d{1,3}"),
            FieldReading("points.1", None, 0.0, "not this form", expect=r"\d{1,2}"),
        ),
        "There is no such file.",
    ),
]  # fmt: skip


@pytest.mark.parametrize("ending", [".parquet", ".json"])
def test_what_is_saved_is_loaded_again(tmp_path, ending):
    table.save(FORMS, tmp_path / f"marks{ending}")
    assert table.load(tmp_path / f"marks{ending}") == FORMS


def test_a_field_of_another_template_is_not_there_after_loading(tmp_path):
    other = dataclasses.replace(FORMS[0], template="retake", fields=FORMS[0].fields[:1])
    table.save([FORMS[0], other], tmp_path / "marks.parquet")
    assert table.load(tmp_path / "marks.parquet") == [FORMS[0], other]


def test_csv_has_a_line_for_each_form(tmp_path):
    table.save(FORMS, tmp_path / "marks.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "marks.csv").read_text())))
    assert rows[0] == {
        "source": "a.pdf", "sha256": "00ff", "form": "0", "template": "exam", "status": "doubtful", "pages": "0 1",
        "error": "", "student": "0412", "student.confidence": "0.99", "student.status": "ok", "sum": "",
        "sum.confidence": "1.0", "sum.status": "empty", "points.1": "17", "points.1.confidence": "0.7",
        "points.1.status": "doubtful",
    }  # fmt: skip
    assert (rows[1]["template"], rows[1]["error"], rows[1]["sum.status"]) == (
        "",
        "There is no such file.",
        "not this form",
    )


def test_excel_has_numbers_but_keeps_leading_zeros(tmp_path):
    table.save(FORMS, tmp_path / "marks.xlsx")
    with zipfile.ZipFile(tmp_path / "marks.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        texts = archive.read("xl/sharedStrings.xml").decode()
    assert re.search(r'<c r="I2"( s="\d+")?><v>17</v>', sheet)  # no t="s", which a text would have
    assert re.search(r'<c r="G2"( s="\d+")? t="s">', sheet)
    assert ">0412<" in texts


def test_excel_says_what_cannot_be_read(tmp_path):
    table.save(FORMS, tmp_path / "marks.xlsx")
    with zipfile.ZipFile(tmp_path / "marks.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        texts = re.findall(r"<si><t[^>]*>(.*?)</t></si>", archive.read("xl/sharedStrings.xml").decode())
    cells = {name: texts[int(n)] for name, n in re.findall(r'<c r="(\w+)"[^>]* t="s"><v>(\d+)</v>', sheet)}
    assert [cells[f"{column}1"] for column in "ABCDEFG"] == [
        "source", "form", "template", "status", "pages", "error", "student",
    ]  # fmt: skip
    assert [cells.get(f"{column}2") for column in "ACDEF"] == ["a.pdf", "exam", "doubtful", "0 1", None]
    assert [cells.get(f"{column}3") for column in "ADF"] == ["b.png", "not this form", "There is no such file."]


def test_pandas_sees_a_column_for_each_field(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    table.save(FORMS, tmp_path / "marks.parquet")
    columns = pq.read_table(tmp_path / "marks.parquet").to_pydict()
    assert columns["student"] == ["0412", None]
    assert columns["points.1.status"] == ["doubtful", "not this form"]
    assert columns["points.1.polygon"] == [[list(point) for point in SQUARE], []]


def test_a_table_of_another_kind_is_refused(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(DataError, match="another kind"):
        table.load(tmp_path / "other.parquet")
    (tmp_path / "other.json").write_text(json.dumps([{"schema": 9}]))
    with pytest.raises(DataError, match="schema 1 was expected"):
        table.load(tmp_path / "other.json")
    with pytest.raises(DataError, match="cannot be read"):
        table.load(tmp_path / "gone.parquet")


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"ends in \.csv"):
        table.save(FORMS, tmp_path / "marks.txt")
