"""Who trains the runs: the interface of an engine, and one with worker processes on this machine."""
