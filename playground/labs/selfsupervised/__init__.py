"""Self-supervised learning: encoders that learn from pictures alone, without labels."""
