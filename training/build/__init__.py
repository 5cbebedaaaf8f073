"""Builds the data packs that ship under `playground/data/packs/`, each from its published source."""
