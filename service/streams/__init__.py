"""Events and logs as they happen, for whoever keeps listening."""
