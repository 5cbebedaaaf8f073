"""Translation between two styles of drawing, learnt without a single pair."""
