"""28×28 images side by side, with captions: `in_terminal(images, captions)`, `as_png(images, captions)`."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw
from rich.text import Text

from digitscope.arrays import Images

CELL = 14  # columns of the terminal that one image takes: half its pixels, and a half-block is as wide as high
SCALE = 4  # pixels of the PNG for one of the image
MARGIN = 4  # pixels of the image around it in the PNG
CAPTION = 5  # pixels of the image, below it


def in_terminal(images: Images, captions: Sequence[str], *, width: int = 80, color: bool = True) -> Text:
    """Images as half-blocks, each 14 columns by 7 lines, as many in a row as `width` columns hold.

    With `color`, in greys; without, ink is what is brighter than a quarter, so that it also shows in a pipe.
    """
    columns = max(1, (width + 1) // (CELL + 1))
    text = Text(no_wrap=True)
    for start in range(0, len(images), columns):
        row = images[start : start + columns]
        small = row.reshape(-1, CELL, 2, CELL, 2).mean((2, 4))  # [columns, 14, 14]
        for y in range(0, CELL, 2):
            for pixels in small:
                for top, bottom in pixels[y : y + 2].T:
                    text.append_text(_half_block(int(top), int(bottom), color=color))
                text.append(" ")
            text.append("\n")
        below = captions[start : start + columns]
        text.append(" ".join(caption[:CELL].center(CELL) for caption in below) + "\n\n")
    return text


def as_png(images: Images, captions: Sequence[str], *, columns: int = 10) -> bytes:
    """The same as a PNG: dark paper, each image four times as large, its caption below it."""
    columns = max(1, min(columns, len(images)))
    step_x, step_y = 28 + MARGIN, 28 + MARGIN + CAPTION
    rows = -(-len(images) // columns)
    size = ((columns * step_x + MARGIN) * SCALE, (rows * step_y + MARGIN) * SCALE)
    page = Image.new("L", size, 24)
    draw = ImageDraw.Draw(page)
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        x = (MARGIN + index % columns * step_x) * SCALE
        y = (MARGIN + index // columns * step_y) * SCALE
        page.paste(Image.fromarray(image).resize((28 * SCALE, 28 * SCALE), Image.Resampling.NEAREST), (x, y))
        draw.text((x + 14 * SCALE, y + 29 * SCALE), caption, fill=220, anchor="ma", font_size=4 * SCALE)
    file = io.BytesIO()
    page.save(file, "PNG", optimize=True)
    return file.getvalue()


def _half_block(top: int, bottom: int, *, color: bool) -> Text:
    if color:
        return Text("▀", style=f"rgb({top},{top},{top}) on rgb({bottom},{bottom},{bottom})")
    return Text(" ▄▀█"[2 * (top > 64) + (bottom > 64)])
