"""Mixtures of experts: networks of which each token asks a few parts only."""
