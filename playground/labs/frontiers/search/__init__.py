"""Architecture search: which cell is worth its time."""
