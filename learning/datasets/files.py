"""Files of data sets: found in the data folder or on the system, else downloaded and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class DataMissingError(FileNotFoundError):
    """A data set's file is nowhere and cannot be downloaded; the message says where to put which file."""


@dataclass(frozen=True)
class Source:
    """One official file.

    name: as published. url: where it is published. checksum: "md5:…" or "sha256:…"; None if none is known, and then the
    file is not downloaded, since what comes could not be checked.
    """

    name: str
    url: str
    checksum: str | None


def locate(source: Source, folder: Path, elsewhere: Sequence[Path] = ()) -> Path:
    """The file's path: in `folder` (unpacked or as published), in one of `elsewhere`, else downloaded to `folder`."""
    return find(source, folder, elsewhere) or _download(source, folder)


def find(source: Source, folder: Path, elsewhere: Sequence[Path] = ()) -> Path | None:
    """The file's path, as `locate`, or None where it is in none of these folders."""
    names = [source.name, source.name.removesuffix(".gz")]
    paths = [place / name for place in (folder, *elsewhere) for name in names]
    return next((path for path in paths if path.is_file()), None)


@contextmanager
def readable(path: Path, source: Source) -> Iterator[None]:
    """Reads the file at `path` inside: whatever goes wrong becomes a ValueError that names it and says what to do."""
    try:
        yield
    except (DataMissingError, MemoryError):
        raise
    except Exception as error:  # gzip, tar, zip, MATLAB and JPEG readers each have classes of their own for damage
        checksum = f" ({source.checksum})" if source.checksum else ""
        raise ValueError(
            f"{path}: cannot be read ({type(error).__name__}: {error}); "
            f"replace it with the official {source.name} from {source.url}{checksum}"
        ) from error


def _download(source: Source, folder: Path) -> Path:
    if source.checksum is None:
        raise DataMissingError(
            f"{source.name} is not in {folder}, and no checksum is known to check a download with. "
            f"Get it from {source.url} and put it there: {folder / source.name}."
        )
    import pooch  # here: only downloads need it

    try:
        found = pooch.retrieve(source.url, source.checksum, fname=source.name, path=folder)
    except (OSError, ValueError) as error:
        raise DataMissingError(
            f"{source.name} is not in {folder} and could not be downloaded from {source.url} ({error}). "
            f"Put the file there by hand: {folder / source.name} ({source.checksum})."
        ) from error
    return Path(found)
