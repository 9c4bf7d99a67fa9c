"""Recordings without images (``.pose``): hands, frame by frame, in about 100 bytes each."""
