"""Photo → digits, without a deep-learning framework.

io opens, ink finds ink on paper, pyramid scales it, detection and suppression find digits, cutout, normalization and
glyph classify each, lines orders them, reader does all of it, result holds what was read, drawing shows it. A view is
a part of a page or a page turned, orientation finds which way up, and pool reads many files at once.
"""
