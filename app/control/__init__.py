"""What happens on each command of the user, without any widget; views are told by events."""
