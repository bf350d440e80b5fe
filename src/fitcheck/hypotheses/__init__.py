"""Hypothesis cards: what a team believes, by what it will know, and whether the data say so."""
