"""What the window shows, as values: written by controllers, read by views, known to no thread."""
