"""The training side: the loop, the worker, the command line, benchmarks, and the builders of data packs."""
