"""One attempt of a sweep on a Ray cluster: the driver, the coordinator's actor, the lanes. Ray's one door."""
