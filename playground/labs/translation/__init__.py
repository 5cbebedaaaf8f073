"""Translation between two styles of drawing, learned without a single pair."""
