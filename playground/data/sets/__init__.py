"""One module a data set, or a few that are read alike; each lists what it has under `SOURCES`."""
