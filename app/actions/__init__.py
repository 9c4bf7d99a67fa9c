"""What a user can ask for, as data: commands, menus, keys."""
