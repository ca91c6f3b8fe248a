"""What people see of logs holds no secret, and loses nothing else."""

import pytest

from sweeps.redaction import redacted, without_userinfo


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("could not connect to postgresql+psycopg://npsweep:hunter2@db/ledger", "hunter2"),
        ("redis://:hunter2@host", "hunter2"),
        ("http://ada:hun@ter2@host/a", "ter2"),
        ("http://ada@lab.example:hunter2@host/a", "hunter2"),
        ("http://127.0.0.1:80,redis://:hunter2@host", "hunter2"),
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("Authorization: Basic YWRhOmh1bnRlcjI=", "YWRhOmh1bnRlcjI="),
        ("{'authorization': 'Basic YWRhOmh1'}", "YWRhOmh1"),
        ("Authorization: hunter2", "hunter2"),
        ("token nps_AbC-123_x was refused", "AbC-123_x"),
        ("AWS_SECRET_ACCESS_KEY=wJalrX/K7", "wJalrX/K7"),
        ('{"password": "hunter2"}', "hunter2"),
        (r"{\"password\": \"hunter2\"}", "hunter2"),
        (r'{"password": "hun\"ter2"}', "ter2"),
        ("api_key: 12345", "12345"),
        ("password=ab,cdSECRET", "cdSECRET"),
        ("password=ab'cdSECRET", "cdSECRET"),
        ("password='my pass word'", "pass word"),
        ('password="my pass word', "pass word"),
        ("npsweep login --password hunter2", "hunter2"),
        ("npsweep login --api-token 'hun ter2'", "ter2"),
        ("redis://:hunter2@cache:6379/0", "hunter2"),
        ("{'authorization': 'Token hunter2'}", "hunter2"),
        ("mlflow --basic-auth-password hunter2", "hunter2"),
        ("https://s3/bucket?X-Amz-Credential=AKIA7", "AKIA7"),
        ("GET /a?X-Amz-Date=1&X-Amz-Signature=fe5f80", "fe5f80"),
    ],
)
def test_secrets_are_blanked(text: str, secret: str) -> None:
    found = redacted(text)
    assert secret not in found
    assert "***" in found
    assert redacted(found) == found


def test_what_stands_around_a_secret_stays() -> None:
    assert redacted("at redis://:hunter2@host: refused") == "at redis://:***@host: refused"
    assert redacted('{"password": "hunter2", "user": "ada"}') == '{"password": "***", "user": "ada"}'
    assert redacted("password=hunter2, user=ada") == "password=***, user=ada"
    assert redacted('{"token":null,"user":"ada"}') == '{"token":***,"user":"ada"}'
    assert redacted("Authorization: Basic YWRhOmh1 was refused") == "Authorization: Basic *** was refused"


def test_ordinary_lines_stay_as_they_are() -> None:
    text = (
        "ValueError: learning_rate = -1: must be above 0\n  File run.py, line 12\nhttp://127.0.0.1:8800/docs\n"
        "this token is unknown\nmailto:ada@lab.example at http://lab.example/@ada"
    )
    assert redacted(text) == text


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "part",
    [
        *(
            "a",
            "-",
            "--",
            "-token",
            "nps",
            "token",
            "password ",
            "password=",
            "password='",
            'password="\\"',
            "--password",
            "--password '",
        ),
        *(
            "://a:",
            "://",
            "http://a:b@",
            "@",
            "authorization:",
            "bearer ",
            "nps_",
            " ",
            "\\",
            "'",
            "=",
            "a=",
            "password\\",
        ),
    ],
)
def test_a_line_of_a_megabyte_costs_no_more_than_its_length(part: str) -> None:
    """Where the time grew with the square of the length, this took hours."""
    redacted(part * (1_000_000 // len(part)))


@pytest.mark.parametrize("userinfo", ["", "ada@", "ada:hunter2@", "ada:hun@ter2@", ":@"])
def test_an_address_is_shown_without_who_calls_it(userinfo: str) -> None:
    assert without_userinfo(f"https://{userinfo}lab.example:5000/a?b=c@d") == "https://lab.example:5000/a?b=c@d"
