"""Runs classification over files of any size: part by part, in several processes."""
