"""Files, bytes and arrays of any kind → images, opened safely."""
