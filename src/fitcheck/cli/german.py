"""German wordings of what the terminal says, by the English template."""

GERMAN: dict[str, str] = {}
