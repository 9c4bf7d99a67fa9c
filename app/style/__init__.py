"""Themes (colours, style sheet) and icons of the window; imports Qt, no view, no controller."""
