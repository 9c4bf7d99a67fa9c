"""What happens on each command of the user, without any widget; views follow by events."""
