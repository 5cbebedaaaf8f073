"""What the page calls the lab, and where it stands."""

TITLE = "GAN"
POSITION = 3
