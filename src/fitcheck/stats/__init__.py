"""Statistics: intervals and agreement."""
