"""Joints out, as files: CSV, JSON lines, BVH."""
