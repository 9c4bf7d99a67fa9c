"""Results in the files of other programs, written with their own libraries."""
