"""A stack of paper by field: a template says what stands where on a blank form, and each scan is read against it."""
