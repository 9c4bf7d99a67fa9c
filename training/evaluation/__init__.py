"""How wrong estimates are: measures, the shipped pipeline, other people's files, plots.

Run by ``python -m training evaluate``, ``score`` and ``predict``. Imports crossing, crops and data
sets.
"""
