"""What the page calls the lab, where it stands, and its lesson."""

from pathlib import Path

TITLE = "VAE"
POSITION = 2
LESSON = Path(__file__).with_name("lesson.md")
