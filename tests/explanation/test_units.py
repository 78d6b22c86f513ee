"""`explanation.units`: a unit's place as text."""

import pytest

from digitscope.errors import UsageError
from digitscope.explanation.units import parse


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("conv2:5:3:4", ("conv2", 5, 3, 4)),
        ("dense1:63", ("dense1", 63, None, None)),
        ("block:1:2:3:4", ("block:1", 2, 3, 4)),
    ],
)
def test_a_place_is_layer_channel_row_column_or_layer_index(text, place):
    assert parse(text) == place


@pytest.mark.parametrize("text", ["", "conv2", "conv2:", ":1", "conv2:1:2", "conv2:1:2:x", "conv2:-1", "dense1:1.5"])
def test_any_other_form_is_refused(text):
    with pytest.raises(UsageError, match="LAYER:CHANNEL:ROW:COL"):
        parse(text)
