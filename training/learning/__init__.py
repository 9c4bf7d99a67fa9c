"""The one training loop, under which every stage of every method learns."""
