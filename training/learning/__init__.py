"""The one training loop, under which every stage of every method learns.

Used by every stage that trains. Imports torch and the engine; knows no network and no data.
"""
