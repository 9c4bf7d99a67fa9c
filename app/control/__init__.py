"""What happens on each request of the user, and what the window shows, without any widget."""
