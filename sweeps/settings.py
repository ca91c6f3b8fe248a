"""Where the parts of one deployment are, from `NPSWEEP_…` variables. Embedded and shared differ only here."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SweepSettings(BaseSettings):
    """What the API, the drivers, the lanes and the tracker all need to find."""

    model_config = SettingsConfigDict(env_prefix="NPSWEEP_", use_attribute_docstrings=True)

    ledger_url: str = Field(repr=False)
    """`sqlite:///path` or `postgresql+psycopg://…`; holds a password in the shared deployment, so it is never shown."""
    storage: Path
    """Folder of checkpoints and trained networks, reachable from every lane."""
    datasets: Path
    """Folder of the data sets' files."""
    tracking_url: str = "http://127.0.0.1:5000"
    """The MLflow server."""
