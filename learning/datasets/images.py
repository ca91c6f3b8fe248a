"""Images of unsigned bytes with labels, split: what all image data sets come to."""

from __future__ import annotations

from learning.data import Data, Split, hold_out

VALIDATION_SAMPLES = 5_000


def image_data(
    name: str, whole: Split, test: Split, input_shape: tuple[int, int, int], outputs: int, seed: int
) -> Data:
    """Data from the official training and test images, kept as uint8 and seen by networks in [0, 1].

    A twelfth of the training images, at most 5,000, are held out for validation, drawn from `seed`.
    """
    kept, held = hold_out(len(whole), min(VALIDATION_SAMPLES, len(whole) // 12), seed)
    return Data(
        name=name,
        task="classification",
        input_shape=input_shape,
        outputs=outputs,
        train=whole.take(kept),
        validation=whole.take(held),
        test=test,
        scale=1 / 255,
    )
