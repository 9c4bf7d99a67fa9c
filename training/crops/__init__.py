"""Crops to learn from: sampled from scenes, stored as files, cut from data sets and recordings.

Used by all that trains. Imports networks' coordinates (``training.models``), data sets and the
engine.
"""
