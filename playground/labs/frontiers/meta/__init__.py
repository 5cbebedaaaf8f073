"""Meta-learning: to learn new classes from a few examples of each."""
