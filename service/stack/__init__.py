"""The embedded stack: API, Ray head, MLflow and tracker as processes on the loopback, under one data folder."""
