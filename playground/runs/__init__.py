"""The run folder: write, read, list and watch; the snapshots in it."""
