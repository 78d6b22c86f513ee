"""What the page shows beside a reading: the page itself, each step from photo to glyph, and each glyph.

of_page(page)    # {"page": data address, "steps": [{"name", "title", "picture", "small"}], "glyphs": [784 bytes]}
"""

import base64
from typing import Any

from digitscope.explanation.html import picture
from digitscope.reading.result import Page

SMALL = 56  # pixels: what is lower, two rows of glyphs, is shown enlarged

TITLES = {
    "page": "The picture",
    "contrast": "What stands out from the paper",
    "ink": "Ink",
    "without rules": "Without ruled lines",
    "glyphs": "Each glyph in MNIST's form",
}


def of_page(page: Page) -> dict[str, Any]:
    """A page as pictures; `glyphs` in the order of its lines and digits, rejected ones too."""
    return {
        "page": picture(page.image) if page.image is not None else None,
        "steps": [
            {
                "name": name,
                "title": TITLES.get(name, name.capitalize()),
                "picture": picture(image),
                "small": image.shape[0] <= SMALL,
            }
            for name, image in page.steps.items()
        ],
        "glyphs": [
            None if digit.glyph is None else base64.b64encode(digit.glyph.tobytes()).decode() for digit in page.glyphs
        ],
    }
