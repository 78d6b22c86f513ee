"""Made forms: blanks, filled with known numbers and photographed. They are the oracle that forms are scored on.

form = make_form("dev", 7)
form.template                  # its blank at 150 dpi, and its fields
form.image                     # uint8 [H, W, 3], the filled form in a photo
form.values["student"]         # "304176"
form.to_image(points)          # x, y on the blank -> x, y in the photo
"""

from digitscope.synthesis.forms.composition import FilledForm, fill, make_form

__all__ = ["FilledForm", "fill", "make_form"]
