"""Tests, in the folders of the program; fakes and helpers that several of them share."""
