"""Takes secrets out of text that people and other programs will see."""

import re

_OWN = re.compile(r"\bnps_[\w-]+")
_SECRETS = (
    (re.compile(r"(?P<kept>\w+://[^\s:/@]+:)[^\s@]+(?=@)"), r"\g<kept>***"),
    (re.compile(r"(?i)(?P<kept>\b(?:authorization:\s*)?bearer\s+)[\w.~+/=-]+"), r"\g<kept>***"),
    (_OWN, "nps_***"),
    (
        re.compile(
            r"(?i)(?P<kept>[\w-]*(?:token|secret|password|passwd|api_?key)[\w-]*['\"]?\s*[=:]\s*['\"]?)[^\s'\",;]+"
        ),
        r"\g<kept>***",
    ),
)


def redacted(text: str) -> str:
    """`text` with passwords in addresses, bearer tokens, our own tokens and `password=…` pairs blanked."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def without_own_tokens(text: str) -> str:
    """`text` with our own tokens blanked and nothing else: what was JSON stays so."""
    return _OWN.sub("nps_***", text)
