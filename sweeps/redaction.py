"""Takes secrets out of text that people and other programs will see.

Strangers may choose the text, and a pattern holds the interpreter: so each looks only a short way from its beginning.
"""

import re

_OWN = re.compile(r"\bnps_[\w-]+")
_NAME = r"(?:token|secret|password|passwd|api_?key)[\w-]{0,40}"
_QUOTED_OR_WORD = r"""(?:'[^'\n]{0,999}'?|"[^"\n]{0,999}"?|[^\s'"&]+)"""
_SECRETS = (
    (re.compile(r"(?P<kept>://[^\s:/@]{0,256}:)[^\s@]{1,512}(?=@)"), r"\g<kept>***"),
    (
        re.compile(r"(?i)(?P<kept>\bauthorization['\"]?\s{0,9}[=:]\s{0,9}['\"]?\w{1,20}\s{1,9})[^\s'\",]+"),
        r"\g<kept>***",
    ),
    (re.compile(r"(?i)(?P<kept>\bbearer\s{1,9})[\w.~+/=-]+"), r"\g<kept>***"),
    (_OWN, "nps_***"),
    (re.compile(rf"(?i)(?P<kept>{_NAME}['\"]?\s{{0,9}}[=:]\s{{0,9}}){_QUOTED_OR_WORD}"), r"\g<kept>***"),
    (re.compile(rf"(?i)(?P<kept>--(?:[\w-]{{0,40}}-)?{_NAME}\s{{1,9}}){_QUOTED_OR_WORD}"), r"\g<kept>***"),
    (re.compile(r"(?i)(?P<kept>\bx-amz-(?:signature|credential)=)[^\s'\"&]+"), r"\g<kept>***"),
)


def redacted(text: str) -> str:
    """`text` with passwords in addresses, credentials in headers, our own tokens and `password=…` pairs blanked."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def without_own_tokens(text: str) -> str:
    """`text` with our own tokens blanked and nothing else: what was JSON stays so."""
    return _OWN.sub("nps_***", text)
