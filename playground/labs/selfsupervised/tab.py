"""What the page calls the lab, and where it stands."""

TITLE = "Self-supervised"
POSITION = 6
