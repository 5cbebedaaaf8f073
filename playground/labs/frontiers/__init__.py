"""Research frontiers: mixtures of experts."""
