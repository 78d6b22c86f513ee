"""Fields of a form, moved and named on a picture of the blank: `digitscope form edit exam.toml`.

entries reads and writes the template's file, and app is the page.
"""
