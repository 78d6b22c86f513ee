"""A unit's place as text: `parse("conv2:5:3:4")` is layer conv2, channel 5, row 3, column 4."""

from digitscope.errors import UsageError


def parse(text: str) -> tuple[str, int, int | None, int | None]:
    """LAYER:CHANNEL:ROW:COL, or LAYER:INDEX, as (layer, channel, row, col).

    Raises:
        UsageError: the text has another form.
    """
    layer, *numbers = text.rsplit(":", 3) if text.count(":") >= 3 else text.split(":")
    if not layer or len(numbers) not in (1, 3) or not all(number.isdecimal() for number in numbers):
        raise UsageError(
            "A unit is named by whole numbers: LAYER:CHANNEL:ROW:COL in a feature map, LAYER:INDEX in a layer without "
            f"rows and columns. Received: unit={text!r}"
        )
    channel, row, col = [int(number) for number in numbers] if len(numbers) == 3 else (int(numbers[0]), None, None)
    return layer, channel, row, col
