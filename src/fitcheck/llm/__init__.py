"""Asking a language model: requests, replies, batches, limits, cache, costs."""
