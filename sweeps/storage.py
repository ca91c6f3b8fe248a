"""Storage: what a sweep keeps outside the ledger. Checkpoints of members in training, and trained networks.

Everything is safetensors and JSON, never pickle. A file appears whole or not at all: it is written beside its place
and renamed. A checkpoint is one file, facts in its header, so that tensors and facts cannot disagree.
"""

import json
import logging
import shutil
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from sweeps.member import MemberKey

log = logging.getLogger(__name__)

OF_A_SWEEP = ("checkpoints", "networks", "tune", "logs")
"""Folders in which every sweep has one of its own."""
HEADER_LENGTH_BYTES = 8  # a safetensors file: the header's length, the header as JSON, the numbers


class Storage:
    """The storage of all sweeps on one folder, reachable from every lane."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._checkpoints = root / "checkpoints"
        self._networks = root / "networks"

    def save_checkpoint(
        self, sweep_id: int, member: MemberKey, tensors: dict[str, Tensor], facts: dict[str, Any]
    ) -> None:
        """Replaces the member's checkpoint; `facts` is plain JSON. Where it cannot: OSError, and the old one stays."""
        _write(self._checkpoint(sweep_id, member), _encode(tensors, facts))

    def load_checkpoint(self, sweep_id: int, member: MemberKey) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The member's tensors, on the CPU, and facts; None where there is no checkpoint or it is damaged."""
        path = self._checkpoint(sweep_id, member)
        try:
            return _decode(path.read_bytes())
        except FileNotFoundError:
            return None
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            log.warning("sweep %d: the checkpoint of %s is damaged and counts as absent: %s", sweep_id, member, error)
            return None

    def checkpoints(self, sweep_id: int) -> dict[str, float]:
        """The names of the sweep's checkpoints, each with the time of its last change; also of unfinished files.

        The name of a member's is the member's own.
        """
        found: dict[str, float] = {}
        folder = self._checkpoints / str(sweep_id)
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            with suppress(FileNotFoundError):  # a lane may just remove it
                found[file.name.removesuffix(".safetensors")] = file.stat().st_mtime
        return found

    def discard_checkpoint(self, sweep_id: int, name: str) -> None:
        """Removes what `checkpoints` named."""
        folder = self._checkpoints / str(sweep_id)
        for path in (folder / f"{name}.safetensors", folder / name):
            path.unlink(missing_ok=True)

    def remove_checkpoint(self, sweep_id: int, member: MemberKey) -> None:
        """Forgets the member's checkpoint; nothing happens where there is none."""
        self._checkpoint(sweep_id, member).unlink(missing_ok=True)

    def remove_checkpoints(self, sweep_id: int) -> None:
        """Forgets every checkpoint of the sweep. Trained networks stay."""
        shutil.rmtree(self._checkpoints / str(sweep_id), ignore_errors=True)

    def remove_sweep(self, sweep_id: int) -> None:
        """Removes everything that the sweep has here. Raises OSError where something stays."""
        for name in OF_A_SWEEP:
            with suppress(FileNotFoundError):
                shutil.rmtree(self._root / name / str(sweep_id))

    def save_network(
        self,
        sweep_id: int,
        member: MemberKey,
        member_tensors: dict[str, Tensor],
        network_tensors: dict[str, Tensor],
        description: dict[str, Any],
    ) -> None:
        """Keeps a trained network, in `networks/<sweep>/<member>/`:

        - `member.safetensors`: the member as trained, with weights and decorrelation matrices;
        - `network.safetensors`: a plain forward network, the decorrelation merged into its weights;
        - `network.json`: what is needed to rebuild it. Written last: with it the network is complete.
        """
        folder = self._network(sweep_id, member)
        _write(folder / "member.safetensors", _encode(member_tensors, description))
        _write(folder / "network.safetensors", _encode(network_tensors, description))
        _write(folder / "network.json", json.dumps(description, indent=2).encode())

    def network_folder(self, sweep_id: int, member: MemberKey) -> Path | None:
        """The folder of a network kept whole; None where there is none."""
        folder = self._network(sweep_id, member)
        return folder if (folder / "network.json").exists() else None

    def network_problem(self, sweep_id: int, member: MemberKey) -> str | None:
        """What is wrong with a network that should be kept; None where it is whole and can be read."""
        folder = self.network_folder(sweep_id, member)
        if folder is None:
            return "is not there"
        try:
            for name in ("member.safetensors", "network.safetensors"):
                _decode((folder / name).read_bytes())
            json.loads((folder / "network.json").read_bytes())
        except FileNotFoundError as error:
            return f"lacks {Path(error.filename).name}"
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            return f"is damaged ({error})"
        return None

    def put_network_file(self, sweep_id: int, member: MemberKey, name: str, data: bytes) -> None:
        """Puts one of a network's three files back as it was."""
        _write(self._network(sweep_id, member) / name, data)

    def _checkpoint(self, sweep_id: int, member: MemberKey) -> Path:
        return self._checkpoints / str(sweep_id) / f"{member}.safetensors"

    def _network(self, sweep_id: int, member: MemberKey) -> Path:
        return self._networks / str(sweep_id) / str(member)


def _encode(tensors: dict[str, Tensor], facts: dict[str, Any]) -> bytes:
    # copied: a member's tensors are often views into its population's, which safetensors refuses to store
    own = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    return save(own, metadata={"facts": json.dumps(facts), "crc32": _checksum(own)})


def _decode(data: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    tensors = load(data)
    length = int.from_bytes(data[:HEADER_LENGTH_BYTES], "little")
    metadata = json.loads(data[HEADER_LENGTH_BYTES : HEADER_LENGTH_BYTES + length])["__metadata__"]
    if _checksum(tensors) != metadata["crc32"]:
        raise ValueError("the numbers do not match their checksum")
    facts: dict[str, Any] = json.loads(metadata["facts"])
    return tensors, facts


def _checksum(tensors: dict[str, Tensor]) -> str:
    checksum = 0
    for name in sorted(tensors):
        checksum = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy().tobytes(), checksum)
    return f"{checksum:08x}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
