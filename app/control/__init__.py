"""What happens on each wish of the user, and what the window shows, without any widget."""
