"""Every data set reads its official format, from small files written in that format."""

from __future__ import annotations

import gzip
import io
import re
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat  # type: ignore[import-untyped]

from learning import (
    Cifar10,
    Cifar100,
    Data,
    DataMissingError,
    DataSet,
    Digits,
    FashionMnist,
    Hyperparameters,
    Mnist,
    NodePerturbation,
    Population,
    Sarcos,
    Shape,
    Teacher,
    TinyImageNet,
    load_data,
)
from learning.datasets import fashion_mnist
from learning.datasets.files import Source, locate

RANDOM = np.random.default_rng(0)


def idx(values: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes."""
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.astype(np.uint8).tobytes()


def write_idx_images(folder: Path, compressed: bool) -> np.ndarray:
    """60 training and 10 test images of 28×28 with labels; returns the training images."""
    folder.mkdir(parents=True)
    train = RANDOM.integers(0, 256, (60, 28, 28))
    arrays = {"train": (train, np.arange(60) % 10), "t10k": (train[:10], np.arange(10))}
    for part, (images, labels) in arrays.items():
        for kind, values in (("images-idx3", images), ("labels-idx1", labels)):
            content = idx(values)
            name = f"{part}-{kind}-ubyte"
            (folder / (name + ".gz" * compressed)).write_bytes(gzip.compress(content) if compressed else content)
    return train


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def cifar_records(count: int, label_bytes: int) -> bytes:
    """Records whose last label byte and first (red) pixel are the record's number."""
    records = RANDOM.integers(0, 256, (count, label_bytes + 3072)).astype(np.uint8)
    records[:, label_bytes - 1] = np.arange(count) % 10
    records[:, label_bytes] = np.arange(count) % 10
    return records.tobytes()


def check_images(data: Data, train: int, validation: int, test: int, side: int, depth: int) -> None:
    assert (len(data.train), len(data.validation), len(data.test)) == (train, validation, test)
    assert data.input_shape == (side, side, depth)
    assert data.train.inputs.shape == (train, side * side * depth)
    assert data.train.inputs.dtype == torch.uint8
    seen = data.networks_input(data.train.inputs)
    assert seen.dtype == torch.float32
    assert 0 <= float(seen.min()) <= float(seen.max()) <= 1
    assert int(data.train.targets.max()) < data.outputs


@pytest.mark.parametrize("compressed", [True, False], ids=["gzip", "unpacked"])
@pytest.mark.parametrize("data_set", [Mnist(), FashionMnist()], ids=lambda data_set: data_set.name)
def test_idx_files_are_read(data_set: Mnist | FashionMnist, compressed: bool, tmp_path: Path) -> None:
    images = write_idx_images(tmp_path / data_set.name, compressed)
    data = load_data(data_set, tmp_path)
    check_images(data, 55, 5, 10, side=28, depth=1)
    assert (data.input_shape, data.outputs) == (data_set.input_shape, data_set.outputs)
    everything = torch.cat([data.train.inputs, data.validation.inputs]).long().sum()
    assert int(everything) == int(images.sum())
    assert torch.equal(data.test.inputs[3].long(), torch.from_numpy(images[3].reshape(-1)))


@pytest.mark.skipif(not fashion_mnist.DEBIAN.exists(), reason="Debian's dataset-fashion-mnist is not installed")
def test_fashion_mnist_is_read_from_debians_package(tmp_path: Path) -> None:
    check_images(load_data(FashionMnist(), tmp_path), 55_000, 5_000, 10_000, side=28, depth=1)


HTML = b"<html>503 Service Unavailable</html>"
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda whole: whole[: len(whole) * 9 // 10],
    "a page": lambda _: HTML,
    "empty": lambda _: b"",
}
IMAGES = idx(np.zeros((4, 4, 4)))
PACKED = gzip.compress(IMAGES)
BROKEN_IDX = {
    "cut": (IMAGES[:-1], "it holds 63 values, its header states 4×4×4"),
    "cut in its header": (IMAGES[:9], "it ends within its header of 16 bytes"),
    "empty": (b"", "not an IDX file"),
    "a page": (HTML, "not an IDX file"),
    "gzip cut": (PACKED[:-6], "EOFError"),
    "gzip cut in its header": (PACKED[:4], "EOFError"),
    "gzip damaged": (PACKED[:12] + b"damaged" + PACKED[19:], "error"),
    "gzip of something else": (PACKED[:2] + HTML, "BadGzipFile"),
    "labels": (idx(np.zeros(4)), "its header states 4, must be any×any×any"),
}


@pytest.mark.parametrize("damage", BROKEN_IDX)
def test_a_broken_idx_file_is_refused_by_name_with_what_to_put_in_its_place(damage: str, tmp_path: Path) -> None:
    content, words = BROKEN_IDX[damage]
    write_idx_images(tmp_path / "mnist", compressed=True)
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(content)
    refused(Mnist(), tmp_path, "train-images-idx3-ubyte.gz", words)


@pytest.mark.parametrize(
    ("name", "sides", "words"),
    [
        ("train-labels-idx1-ubyte", (60, 28, 28), "its header states 60×28×28, must be 60"),
        ("train-labels-idx1-ubyte", (59,), "its header states 59, must be 60"),
        ("t10k-images-idx3-ubyte", (10, 8, 8), "its header states 10×8×8, must be any×28×28"),
    ],
)
def test_idx_files_that_do_not_belong_together_are_refused(
    name: str, sides: tuple[int, ...], words: str, tmp_path: Path
) -> None:
    write_idx_images(tmp_path / "mnist", compressed=False)
    (tmp_path / "mnist" / name).write_bytes(idx(np.zeros(sides)))
    refused(Mnist(), tmp_path, name, words)


def refused(data_set: DataSet, folder: Path, name: str, words: str = "cannot be read") -> None:
    """Loading raises a ValueError with the file's path, the reason in these words, and the official file to get."""
    with pytest.raises(ValueError, match=re.escape(words)) as refusal:
        load_data(data_set, folder)
    said = str(refusal.value)
    assert said.startswith(str(folder / data_set.name))
    assert f"{name}: cannot be read (" in said
    assert "; replace it with the official" in said


@pytest.mark.parametrize("packed", [True, False], ids=["archive", "unpacked"])
def test_cifar10_is_read_from_its_binary_version(packed: bool, tmp_path: Path) -> None:
    folder, root = tmp_path / "cifar10", "cifar-10-batches-bin"
    contents = {f"data_batch_{n}.bin": cifar_records(24, 1) for n in range(1, 6)} | {
        "test_batch.bin": cifar_records(10, 1)
    }
    write_cifar(folder, "cifar-10-binary.tar.gz", root, contents, packed)
    data = load_data(Cifar10(), tmp_path)
    check_images(data, 110, 10, 10, side=32, depth=3)
    assert (data.input_shape, data.outputs) == (Cifar10.input_shape, Cifar10.outputs)
    assert torch.equal(data.train.inputs[:, 0].long(), data.train.targets)  # red of the first pixel, channels last
    blue = contents["test_batch.bin"][1 + 2048 + 33]  # of pixel (1, 1) of the first test image
    assert int(data.test.inputs[0].view(32, 32, 3)[1, 1, 2]) == blue


@pytest.mark.parametrize("packed", [True, False], ids=["archive", "unpacked"])
def test_cifar100_is_read_with_its_fine_labels(packed: bool, tmp_path: Path) -> None:
    contents = {"train.bin": cifar_records(120, 2), "test.bin": cifar_records(10, 2)}
    write_cifar(tmp_path / "cifar100", "cifar-100-binary.tar.gz", "cifar-100-binary", contents, packed)
    data = load_data(Cifar100(), tmp_path)
    check_images(data, 110, 10, 10, side=32, depth=3)
    assert (data.input_shape, data.outputs) == (Cifar100.input_shape, Cifar100.outputs) == ((32, 32, 3), 100)
    assert torch.equal(data.train.inputs[:, 0].long(), data.train.targets)


def write_cifar(folder: Path, archive_name: str, root: str, contents: dict[str, bytes], packed: bool) -> None:
    (folder / root).mkdir(parents=True)
    if not packed:
        for name, content in contents.items():
            (folder / root / name).write_bytes(content)
        return
    with tarfile.open(folder / archive_name, "w:gz") as archive:
        for name, content in contents.items():
            add(archive, f"{root}/{name}", content)


def test_a_cifar_archive_without_its_files_is_refused(tmp_path: Path) -> None:
    write_cifar(tmp_path / "cifar10", "cifar-10-binary.tar.gz", "cifar-10-batches-bin", {"readme": b""}, packed=True)
    with pytest.raises(DataMissingError, match=r"holds no cifar-10-batches-bin/data_batch_1\.bin"):
        load_data(Cifar10(), tmp_path)


CIFAR10 = {f"data_batch_{n}.bin": cifar_records(24, 1) for n in range(1, 6)} | {"test_batch.bin": cifar_records(9, 1)}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cifar_archive_is_refused_by_name(damage: str, tmp_path: Path) -> None:
    archive = tmp_path / "cifar10" / "cifar-10-binary.tar.gz"
    write_cifar(tmp_path / "cifar10", archive.name, "cifar-10-batches-bin", CIFAR10, packed=True)
    archive.write_bytes(DAMAGES[damage](archive.read_bytes()))
    refused(Cifar10(), tmp_path, archive.name)


def test_a_damaged_file_of_an_unpacked_cifar_folder_is_refused_by_name(tmp_path: Path) -> None:
    write_cifar(tmp_path / "cifar10", "", "cifar-10-batches-bin", CIFAR10 | {"data_batch_2.bin": b"abc"}, packed=False)
    refused(Cifar10(), tmp_path, "data_batch_2.bin", "3 bytes are not a whole number of CIFAR records of 3073 bytes")


def test_one_missing_file_of_an_unpacked_cifar_folder_is_named_and_nothing_is_downloaded(tmp_path: Path) -> None:
    write_cifar(tmp_path / "cifar10", "", "cifar-10-batches-bin", CIFAR10, packed=False)
    (tmp_path / "cifar10" / "cifar-10-batches-bin" / "data_batch_2.bin").unlink()
    with pytest.raises(DataMissingError, match=r"data_batch_2\.bin is not in .*Put it there, or the archive"):
        load_data(Cifar10(), tmp_path)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_tiny_imagenet_zip_is_refused_by_name(damage: str, tmp_path: Path) -> None:
    archive = write_tiny_imagenet(tmp_path)
    archive.write_bytes(DAMAGES[damage](archive.read_bytes()))
    refused(TinyImageNet(), tmp_path, archive.name)


def test_an_image_that_is_none_is_refused_with_its_archive(tmp_path: Path) -> None:
    refused(TinyImageNet(), tmp_path, write_tiny_imagenet(tmp_path, HTML).name, "UnidentifiedImageError")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_sarcos_file_is_refused_by_name(damage: str, tmp_path: Path) -> None:
    (tmp_path / "sarcos").mkdir()
    path = tmp_path / "sarcos" / "sarcos_inv.mat"
    savemat(path, {"sarcos_inv": RANDOM.normal(3, 5, (240, 28))})
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    refused(Sarcos(), tmp_path, path.name)


def test_a_sarcos_file_with_another_matrix_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "sarcos").mkdir()
    savemat(tmp_path / "sarcos" / "sarcos_inv.mat", {"other": np.zeros((3, 28))})
    refused(Sarcos(), tmp_path, "sarcos_inv.mat", "it holds no matrix sarcos_inv of 28 columns")


def test_tiny_imagenet_is_read_from_its_zip(tmp_path: Path) -> None:
    write_tiny_imagenet(tmp_path)
    data = load_data(TinyImageNet(), tmp_path)
    check_images(data, 22, 2, 3, side=64, depth=3)
    assert data.test.targets.tolist() == [0, 1, 2]
    assert data.input_shape == TinyImageNet.input_shape
    assert (data.train.inputs.float().mean(1) - 80 * data.train.targets).abs().max() < 3


def write_tiny_imagenet(folder: Path, images_hold: bytes | None = None) -> Path:
    """Three classes of eight training images (holding something else, if told) and one validation image; its path."""
    classes, root = ["n01", "n02", "n03"], "tiny-imagenet-200"
    path = folder / "tiny-imagenet" / "tiny-imagenet-200.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{root}/wnids.txt", "\n".join(classes) + "\n")
        rows = []
        for number, name in enumerate(classes):
            for image in range(8):
                content = images_hold or jpeg(80 * number, grey=image == 0)
                archive.writestr(f"{root}/train/{name}/images/{name}_{image}.JPEG", content)
            archive.writestr(f"{root}/val/images/val_{number}.JPEG", jpeg(80 * number, grey=False))
            rows.append(f"val_{number}.JPEG\t{name}\t0\t0\t62\t62\n")
        archive.writestr(f"{root}/val/val_annotations.txt", "".join(rows))
    return path


def jpeg(level: int, grey: bool) -> bytes:
    """A 64×64 JPEG of one grey level, as RGB or as the single-channel files the set also has."""
    buffer = io.BytesIO()
    image = Image.new("L", (64, 64), level)
    (image if grey else image.convert("RGB")).save(buffer, "JPEG")
    return buffer.getvalue()


def test_sarcos_is_read_from_its_matlab_files_and_standardised(tmp_path: Path) -> None:
    (tmp_path / "sarcos").mkdir()
    matrix = RANDOM.normal(3, 5, (240, 28))
    for name, values in (("sarcos_inv", matrix), ("sarcos_inv_test", matrix[:40])):
        savemat(tmp_path / "sarcos" / f"{name}.mat", {name: values})
    data = load_data(Sarcos(), tmp_path)
    assert (len(data.train), len(data.validation), len(data.test)) == (220, 20, 40)
    assert (data.task, data.input_shape, data.outputs) == ("regression", Sarcos.input_shape, Sarcos.outputs)
    torch.testing.assert_close(data.train.inputs.mean(0), torch.zeros(21), rtol=0, atol=1e-5)
    torch.testing.assert_close(data.train.targets.std(0), torch.ones(7), rtol=0, atol=1e-5)


def test_a_missing_file_without_a_checksum_is_asked_for_by_name_and_place(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match=r"sarcos_inv\.mat is not in .*put it there"):
        load_data(Sarcos(), tmp_path)


def test_a_missing_file_that_cannot_be_downloaded_is_asked_for_by_name_and_place(tmp_path: Path) -> None:
    nowhere = Source("pixels.gz", "http://127.0.0.1:9/pixels.gz", "md5:00000000000000000000000000000000")
    with pytest.raises(DataMissingError, match=r"Put the file there by hand: .*pixels\.gz"):
        locate(nowhere, tmp_path / "new")


def test_a_download_with_another_checksum_is_refused(tmp_path: Path) -> None:
    (tmp_path / "published").write_bytes(b"tampered with")
    wrong = Source("file", (tmp_path / "published").as_uri(), "md5:00000000000000000000000000000000")
    with pytest.raises(DataMissingError):
        locate(wrong, tmp_path / "new")
    assert not (tmp_path / "new" / "file").exists()


def test_digits_are_split_without_overlap_by_the_split_seed() -> None:
    data, again, other = (load_data(Digits(), Path(), split_seed=seed) for seed in (0, 0, 1))
    assert (len(data.train), len(data.validation), len(data.test)) == (1150, 287, 360)
    assert torch.equal(data.train.inputs, again.train.inputs)
    assert not torch.equal(data.train.inputs, other.train.inputs)
    parts = [split.inputs.sum(0) for split in (data.train, data.validation, data.test)]
    whole = [split.inputs.sum(0) for split in (other.train, other.validation, other.test)]
    torch.testing.assert_close(sum(parts), sum(whole))


def test_a_teacher_gives_the_same_data_again_and_can_be_learned() -> None:
    setting = Teacher(inputs=8, hidden=(4,), outputs=3, samples=2000, task="regression", seed=4)
    data, again = load_data(setting, Path()), load_data(setting, Path())
    assert torch.equal(data.train.targets, again.train.targets)
    assert (len(data.train), len(data.validation), len(data.test)) == (1200, 400, 400)
    population = Population(Shape(rule=NodePerturbation(), batch_size=50, loss="squared_error"), data)
    population.add("student", Hyperparameters(learning_rate=3e-3, noise_scale=1e-3), seed=0)
    before = population.evaluate("validation")["student"]["validation_loss"]
    for _ in range(15):
        population.train_epoch()
    assert population.evaluate("validation")["student"] == {"validation_loss": pytest.approx(before / 4, rel=0.9)}


def test_cross_entropy_refuses_a_regression() -> None:
    data = load_data(Teacher(task="regression", samples=100), Path())
    with pytest.raises(ValueError, match="loss = 'cross_entropy'"):
        Population(Shape(rule=NodePerturbation(), batch_size=10), data)


@pytest.mark.parametrize("data_set", [Digits(), Teacher(samples=103)], ids=lambda one: one.name)
def test_a_data_set_knows_its_sizes_before_it_is_loaded(data_set: DataSet, tmp_path: Path) -> None:
    data = load_data(data_set, tmp_path)
    assert (len(data.train), len(data.validation)) == (data_set.training_samples, data_set.validation_samples)
    assert (data.input_shape, data.outputs) == (data_set.input_shape, data_set.outputs)
