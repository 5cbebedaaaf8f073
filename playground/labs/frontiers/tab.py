"""What the page calls the lab, and where it stands."""

TITLE = "Frontiers"
POSITION = 7
