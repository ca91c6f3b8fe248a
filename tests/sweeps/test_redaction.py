"""What people see of logs holds no secret, and loses nothing else."""

import pytest

from sweeps.redaction import redacted


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("could not connect to postgresql+psycopg://npsweep:hunter2@db/ledger", "hunter2"),
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("token nps_AbC-123_x was refused", "AbC-123_x"),
        ("AWS_SECRET_ACCESS_KEY=wJalrX/K7", "wJalrX/K7"),
        ('{"password": "hunter2"}', "hunter2"),
        ("api_key: 12345", "12345"),
        ("redis://:hunter2@cache:6379/0", "hunter2"),
        ("Authorization: Basic aHVudGVyMg==", "aHVudGVyMg"),
        ("{'authorization': 'Token hunter2'}", "hunter2"),
        ("password=ab,cdSECRET", "SECRET"),
        ("password='my pass phrase'", "phrase"),
        ("mlflow --basic-auth-password hunter2", "hunter2"),
        ("https://s3/bucket?X-Amz-Signature=f00ba4", "f00ba4"),
    ],
)
def test_secrets_are_blanked(text: str, secret: str) -> None:
    assert secret not in redacted(text)
    assert "***" in redacted(text)


def test_ordinary_lines_stay_as_they_are() -> None:
    text = "ValueError: learning_rate = -1: must be above 0\n  File run.py, line 12\nhttp://127.0.0.1:8800/docs"
    assert redacted(text) == text


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["a", "token", "-token", "://", "://a:", "nps", "bearer ", "--", "password ", " ", "'"]
)
def test_a_long_text_holds_nobody_up(piece: str) -> None:
    """A pattern that looked back or ahead without end would take hours."""
    text = piece * (300_000 // len(piece))
    assert redacted(text).startswith(piece)
