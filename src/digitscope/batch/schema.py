"""What a row of the data set is: `SCHEMA`, and rows as an Arrow table of it."""

from collections.abc import Sequence

import pyarrow as pa

from digitscope.batch.work import Row

FORMAT = 1  # of the folder; a change of the columns is another format

DIGIT = pa.struct(
    [
        ("line", pa.int32()),  # which row of writing, from 0
        ("value", pa.int8()),
        ("confidence", pa.float32()),
        ("status", pa.string()),  # accepted, doubtful or rejected
        ("x", pa.int32()),
        ("y", pa.int32()),
        ("w", pa.int32()),
        ("h", pa.int32()),
        ("polygon", pa.list_(pa.struct([("x", pa.float32()), ("y", pa.float32())]))),
        ("alternatives", pa.list_(pa.struct([("value", pa.int8()), ("p", pa.float32())]))),
    ]
)

SCHEMA = pa.schema(
    [
        ("path", pa.string()),  # as it was given or found
        ("member", pa.string()),  # in an archive: the member's name, or the row of a Parquet file
        ("page", pa.int32()),  # from 0
        ("text", pa.string()),  # as in a Reading; null where there is an error
        ("confidence", pa.float32()),  # the lowest among the digits that are not rejected; null where there is none
        ("digits", pa.list_(DIGIT)),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("rotation", pa.int16()),  # degrees clockwise by which the page was turned to be read
        ("tilt", pa.float32()),  # and what was left
        ("error", pa.string()),
        ("elapsed_ms", pa.float32()),
        ("sha256", pa.string()),  # of the image's or document's bytes
    ]
)


def table(rows: Sequence[Row], schema: pa.Schema = SCHEMA) -> pa.Table:
    """The rows as a table; a column that a row lacks is null."""
    return pa.Table.from_pylist(list(rows), schema)
