"""What people label: drawing a sample, the sheet they fill in, and reading it back."""
