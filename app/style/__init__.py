"""How the window looks: colours, icons."""
