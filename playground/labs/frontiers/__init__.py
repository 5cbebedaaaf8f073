"""Research frontiers: mixtures of experts, continual learning."""
