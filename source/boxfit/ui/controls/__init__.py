"""Controls that panel, 3D view and window share: colours and sizes, rows, texts, choices, fields."""
