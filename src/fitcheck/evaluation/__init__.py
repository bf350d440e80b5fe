"""How far labels can be trusted: metrics, recorded runs, comparisons."""
