"""Going through what is doubtful, one reading after the other: `digitscope review marks.parquet`.

doubts finds the questions in a table of forms or a batch's output, crops shows what is on the paper, journal keeps each
answer the moment it is given, merging writes the answers into the file, labels turns them into glyphs to train on, and
app is the page.
"""
