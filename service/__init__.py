"""HTTP in, HTTP out: the API, the queue, the command line and the embedded stack."""
