"""What Ray knows a sweep's coordinator by."""

NAMESPACE = "npsweep"


def actor_name(sweep_id: int, attempt: int) -> str:
    return f"coordinator-{sweep_id}-{attempt}"
