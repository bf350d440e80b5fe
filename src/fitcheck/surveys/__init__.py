"""Reads survey exports as they come, and writes them back with labels."""
