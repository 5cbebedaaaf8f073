"""What the page calls the lab, and where it stands."""

TITLE = "VAE"
POSITION = 2
