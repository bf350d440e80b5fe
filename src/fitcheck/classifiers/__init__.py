"""Who labels answers: the offline baseline, language models, and both together."""
