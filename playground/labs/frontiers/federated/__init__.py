"""Federated learning: many clients train one network, and none of them shows its data."""
