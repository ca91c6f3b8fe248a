"""Tracking: brings MLflow up to date from the ledger. `python -m sweeps.tracking` is the process that does it.

`follower.py` watches the ledger, `delivery.py` tells one sweep, `entries.py` says what is told, `tracker.py` is the
interface to whatever listens; `reconciliation.py` compares and mends all of it. Nothing here is on the way of a sweep:
MLflow slow or down only delays what it is told.
"""
