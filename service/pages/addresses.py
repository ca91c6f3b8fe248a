"""Which addresses are no pages."""

FOR_PROGRAMS = ("/api/", "/metrics", "/openapi.json", "/healthz", "/readyz")
"""No cookie opens them, and they answer with problems whoever asks."""
