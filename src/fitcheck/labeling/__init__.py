"""A local page for labelling a sheet by keyboard: decisions, their journal, and the server."""
