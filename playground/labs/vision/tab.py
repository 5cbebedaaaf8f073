"""What the page calls the lab, and where it stands."""

TITLE = "Vision"
POSITION = 1
