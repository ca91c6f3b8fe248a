"""The storage keeps members to the last bit, and never hands out half of one."""

import logging
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from sweeps.member import MemberKey
from sweeps.storage import Storage

MEMBER = MemberKey("search", 3, 0)
OTHER = MemberKey("confirmation", 3, 1_000_000)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


def checkpoint_file(root: Path) -> Path:
    return next((root / "checkpoints").rglob("*.safetensors"))


def test_a_checkpoint_comes_back_to_the_last_bit(storage: Storage) -> None:
    population = torch.randn(4, 5, 7, generator=torch.Generator().manual_seed(1))
    tensors = {
        "weights.0": population[1],
        "weights.1": population[2].T,
        "generator": torch.Generator().manual_seed(7).get_state(),
        "steps": torch.tensor(12),
        "empty": torch.zeros(0, 3),
        "alive": torch.tensor([True, False]),
        "half": torch.ones(3, dtype=torch.bfloat16),
    }
    facts = {"epoch": 4, "best": 0.25, "metrics": {"validation_accuracy": None}, "name": "σ"}
    storage.save_checkpoint(1, MEMBER, tensors, facts)
    found = storage.load_checkpoint(1, MEMBER)
    assert found is not None
    assert found[1] == facts
    assert found[0].keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[0][name].dtype == tensor.dtype
        assert torch.equal(found[0][name], tensor)


def test_what_was_never_saved_or_was_removed_is_absent(storage: Storage) -> None:
    assert storage.load_checkpoint(1, MEMBER) is None
    storage.remove_checkpoint(1, MEMBER)
    storage.remove_checkpoints(1)
    for member in (MEMBER, OTHER):
        storage.save_checkpoint(1, member, {"w": torch.ones(2)}, {})
        storage.save_checkpoint(2, member, {"w": torch.ones(2)}, {})
    storage.remove_checkpoint(1, MEMBER)
    assert storage.load_checkpoint(1, MEMBER) is None
    assert storage.load_checkpoint(1, OTHER) is not None
    storage.remove_checkpoints(1)
    assert storage.load_checkpoint(1, OTHER) is None
    assert storage.load_checkpoint(2, MEMBER) is not None


@pytest.mark.parametrize("kept", [0, 5, 60, 0.5, 0.99])
def test_a_torn_checkpoint_counts_as_absent_and_says_so(
    storage: Storage, tmp_path: Path, caplog: pytest.LogCaptureFixture, kept: float
) -> None:
    storage.save_checkpoint(1, MEMBER, {"w": torch.ones(100)}, {"epoch": 1})
    path = checkpoint_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if kept < 1 else int(kept)])
    with caplog.at_level(logging.WARNING):
        assert storage.load_checkpoint(1, MEMBER) is None
    assert "search-trial-3-seed-0 is damaged" in caplog.text


def test_one_changed_bit_counts_as_damage(storage: Storage, tmp_path: Path) -> None:
    storage.save_checkpoint(1, MEMBER, {"w": torch.ones(100)}, {"epoch": 1})
    path = checkpoint_file(tmp_path)
    data = bytearray(path.read_bytes())
    data[-7] ^= 1
    path.write_bytes(data)
    assert storage.load_checkpoint(1, MEMBER) is None


def test_a_failed_save_leaves_the_old_checkpoint_and_no_rubbish(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.save_checkpoint(1, MEMBER, {"w": torch.ones(2)}, {"epoch": 1})

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        storage.save_checkpoint(1, MEMBER, {"w": torch.zeros(2)}, {"epoch": 2})
    found = storage.load_checkpoint(1, MEMBER)
    assert found is not None
    assert found[1] == {"epoch": 1}
    assert len(list((tmp_path / "checkpoints" / "1").iterdir())) == 1


def test_a_network_is_kept_as_trained_and_as_a_plain_one(storage: Storage, tmp_path: Path) -> None:
    assert storage.network_folder(1, OTHER) is None
    storage.save_network(
        1, OTHER, {"w": torch.ones(2), "r": torch.eye(2)}, {"w": torch.full((2,), 2.0)}, {"layers": [2]}
    )
    folder = storage.network_folder(1, OTHER)
    assert folder == tmp_path / "networks" / "1" / "confirmation-trial-3-seed-1000000"
    assert sorted(path.name for path in folder.iterdir()) == [
        "member.safetensors",
        "network.json",
        "network.safetensors",
    ]
    assert set(load_file(folder / "member.safetensors")) == {"w", "r"}
    assert torch.equal(load_file(folder / "network.safetensors")["w"], torch.full((2,), 2.0))


def test_a_network_without_its_description_is_not_complete(storage: Storage) -> None:
    storage.save_network(1, OTHER, {"w": torch.ones(2)}, {"w": torch.ones(2)}, {})
    folder = storage.network_folder(1, OTHER)
    assert folder is not None
    (folder / "network.json").unlink()
    assert storage.network_folder(1, OTHER) is None


def test_no_file_holds_a_pickle(storage: Storage, tmp_path: Path) -> None:
    storage.save_checkpoint(1, MEMBER, {"w": torch.ones(2)}, {"epoch": 1})
    storage.save_network(1, OTHER, {"w": torch.ones(2)}, {"w": torch.ones(2)}, {})
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or path.suffix in (".safetensors", ".json")
