"""Reads handwritten digits, and shows how it reads them."""

__version__ = "0.1.0"
