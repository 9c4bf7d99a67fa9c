"""The frame around the views: main window, pages, panels, dialogs."""
