"""Keeps out of sight what identifies people: redaction before a text leaves the machine."""
