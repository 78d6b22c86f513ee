"""The data set as others read it: pandas, polars and DuckDB."""

import pytest

from digitscope.batch import read_into
from digitscope.batch.schema import SCHEMA


@pytest.fixture(scope="module")
def out(pngs, tmp_path_factory):
    """Six rows in parts of two, one of them an error."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "in").mkdir()
    for number in range(6):
        (folder / "in" / f"{number}.png").write_bytes(pngs[number] if number != 3 else b"no image")
    read_into(folder / "out", [str(folder / "in")], jobs=1, part_size=2)
    return folder / "out"


def test_pandas_reads_it(out):
    pandas = pytest.importorskip("pandas")
    table = pandas.read_parquet(out)
    assert list(table.columns) == SCHEMA.names
    assert len(table) == 6
    assert table.error.notna().tolist() == [False, False, False, True, False, False]
    assert table.digits[0][0]["polygon"][0].keys() == {"x", "y"}


def test_polars_reads_it(out):
    polars = pytest.importorskip("polars")
    table = polars.read_parquet(out / "*.parquet")
    digits = table.filter(polars.col("error").is_null()).explode("digits").unnest("digits", separator=".")
    assert len(digits) == 5
    assert set(digits["digits.value"]) <= set(range(10))


def test_duckdb_reads_it(out):
    duckdb = pytest.importorskip("duckdb")
    query = f"select count(*), count(error), sum(len(digits)) from '{out}/*.parquet'"
    assert duckdb.sql(query).fetchall() == [(6, 1, 5)]
