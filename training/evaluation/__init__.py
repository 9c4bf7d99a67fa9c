"""How wrong estimates are: measures, the shipped pipeline, other people's files, plots."""
