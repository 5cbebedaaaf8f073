"""What the page calls the lab, and where it stands."""

TITLE = "Style transfer"
POSITION = 5
