"""Joints out, as files: CSV, JSON lines, BVH.

Used by jobs, streams and adapters. Imports results, nothing of tracking.
"""
