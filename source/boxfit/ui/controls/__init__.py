"""Widgets that the panel, the 3D view and the window share: style, rows, texts, choices, fields."""
