"""Crops to learn from: sampled from scenes, stored as files, cut from data sets and recordings."""
