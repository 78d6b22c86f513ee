"""Photo → digits, without a deep-learning framework: io, ink, detection, glyph, lines, result, reader."""
