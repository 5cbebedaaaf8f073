"""Continual learning: tasks come one after the other, and what was learned before is forgotten, or kept."""
