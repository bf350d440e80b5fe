"""Ways to classify what is too large for one table in memory."""
