"""What the page calls the lab, where it stands, and its lesson."""

from pathlib import Path

TITLE = "Style transfer"
POSITION = 5
LESSON = Path(__file__).with_name("lesson.md")
