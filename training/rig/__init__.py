"""The rig fitted to the joints that others annotated: how real hands pose."""
