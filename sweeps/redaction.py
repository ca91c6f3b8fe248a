r"""Takes secrets out of text that people and other programs will see.

Whoever writes a log line or an address chooses its length, so the time must grow with the length and no faster. A
pattern begins at a fixed text or where a word begins, and what it has passed is never looked at again (`++` and `*+`).
"""

import re
from urllib.parse import urlsplit

_WORDS = r"token|secret|passw(?:or)?d|passphrase|signature|amz-credential|(?:api|access|private)[_-]?key"
_NAMES_ONE = rf"(?=[\w-]*?(?:{_WORDS}))[\w-]++"
_BEGINS = r"(?<![\w-])"
_IS = r"\\*+['\"]?+[ \t]*+[=:][ \t]*+"
_VALUE = r"(?:(?P<quote>\\*+['\"])(?:(?!(?P=quote))(?:\\.|[^\n]))*+|(?:[^\s,;]|[,;](?!['\"\s]|$))++)"
_SCHEME = r"(?:(?:basic|bearer|digest|negotiate|token)[ \t]++)?+"

_IN_ADDRESS = re.compile(r"(?P<kept>://[^\s:/]*+:)[^\s@]*+(?P<host>(?:@[^\s@/'\",]++(?=@))*+@)?")
"""It matches also where no password is, so that it does not look there twice."""
_AUTHORIZATION = re.compile(rf"(?i)(?P<kept>authorization{_IS}\\*+['\"]?+{_SCHEME})[^\s'\"\\]++")
_BEARER = re.compile(r"(?i)(?P<kept>\bbearer[ \t]++)[\w.~+/=-]++")
_OWN = re.compile(r"\bnps_[\w-]++")
_PAIR = re.compile(rf"(?i)(?P<kept>{_BEGINS}{_NAMES_ONE}{_IS}){_VALUE}")
_OPTION = re.compile(rf"(?i)(?P<kept>{_BEGINS}--{_NAMES_ONE}[ \t]++){_VALUE}")


def redacted(text: str) -> str:
    """`text` with passwords in addresses, what Authorization says, our own tokens, `password=…` and `--password …`
    blanked. What was redacted stays as it is."""
    text = _IN_ADDRESS.sub(lambda found: f"{found['kept']}***@" if found["host"] else found[0], text)
    for pattern in (_AUTHORIZATION, _BEARER):
        text = pattern.sub(r"\g<kept>***", text)
    text = without_own_tokens(text)
    for pattern in (_PAIR, _OPTION):
        text = pattern.sub(r"\g<kept>\g<quote>***", text)
    return text


def without_own_tokens(text: str) -> str:
    """`text` with our own tokens blanked and nothing else: what was JSON stays so."""
    return _OWN.sub("nps_***", text)


def without_userinfo(address: str) -> str:
    """`address` as it can be shown: without a user and their password."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
