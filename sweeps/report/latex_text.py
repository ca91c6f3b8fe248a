"""Text and numbers as LaTeX prints them, whatever a sweep is called; in pdfLaTeX without any package."""

import re
import unicodedata

from sweeps.report.columns import one_line

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # after the end of a row, [ and * would belong to it
    "*": "{*}",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
    "§": r"\S{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
}
ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}
"""By the mark that Unicode puts behind the letter."""
GREEK = (
    *("alpha", "beta", "gamma", "delta", "varepsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
    *("xi", "o", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "varphi", "chi", "psi", "omega"),
)
"""From α on."""
CAPITALS = "ABΓΔEZHΘIKΛMNΞOΠP?ΣTΥΦXΨΩ"
"""From Α on: those that look like a Latin letter are one in LaTeX."""
MATHEMATICS = {
    **{chr(ord("α") + place): "o" if name == "o" else rf"\{name}" for place, name in enumerate(GREEK)},
    **{chr(ord("Α") + place): sign for place, sign in enumerate(CAPITALS) if sign.isascii()},
    **{sign: rf"\{unicodedata.name(sign).rpartition(' ')[2].capitalize()}" for sign in "ΓΔΘΞΠΣΥΦΨΩ"},
    **{sign: f"^{{{unicodedata.normalize('NFKC', sign)}}}" for sign in "⁰¹²³⁴⁵⁶⁷⁸⁹"},
    **{sign: f"_{{{unicodedata.normalize('NFKC', sign)}}}" for sign in "₀₁₂₃₄₅₆₇₈₉"},
    **dict(zip("Λµϕϵ⁻⁺°′", (r"\Lambda", r"\mu", r"\phi", r"\epsilon", "^{-}", "^{+}", r"^{\circ}", "'"), strict=True)),
    **dict(zip("±×÷·−¬√∞", (r"\pm", r"\times", r"\div", r"\cdot", "-", r"\neg", r"\surd", r"\infty"), strict=True)),
    **dict(zip("≈≤≥≠≡∼∝", (r"\approx", r"\leq", r"\geq", r"\neq", r"\equiv", r"\sim", r"\propto"), strict=True)),
    **dict(
        zip(
            "∑∏∂∇∈⊂⊆∪",
            (r"\sum", r"\prod", r"\partial", r"\nabla", r"\in", r"\subset", r"\subseteq", r"\cup"),
            strict=True,
        )
    ),
    **dict(
        zip(
            "∩∘⊗⊕ℓ⟨⟩•",
            (r"\cap", r"\circ", r"\otimes", r"\oplus", r"\ell", r"\langle", r"\rangle", r"\bullet"),
            strict=True,
        )
    ),
    **dict(
        zip("→←↔↑↓⇒", (r"\to", r"\gets", r"\leftrightarrow", r"\uparrow", r"\downarrow", r"\Rightarrow"), strict=True)
    ),
}


def escaped(text: str) -> str:
    """Text in one line; a sign that commands LaTeX is printed, not obeyed, and one that it has not is named."""
    return "".join(map(_sign, unicodedata.normalize("NFC", one_line(text))))


def number(text: str) -> str:
    """A figure in mathematics, with powers of ten; anything else as text."""
    parts = text.split(" ± ")
    if not all(re.fullmatch(r"-?[\d.]+(e[-+]?\d+)?", part) for part in parts):
        return escaped(text)
    return "$" + r" \pm ".join(_power(part) for part in parts) + "$"


def _sign(sign: str) -> str:
    if sign in SIGNS:
        return SIGNS[sign]
    if sign in MATHEMATICS:
        return f"${MATHEMATICS[sign]}$"
    if sign.isascii():
        return sign
    return _accented(sign) or rf"\texttt{{U+{ord(sign):04X}}}"


def _accented(sign: str) -> str | None:
    """For example \\'{e}; None where it is no Latin letter with one mark."""
    letter, *marks = list(unicodedata.normalize("NFD", sign))
    if letter.isascii() and letter.isalpha() and len(marks) == 1 and marks[0] in ACCENTS:
        return rf"\{ACCENTS[marks[0]]}{{{letter}}}"
    return None


def _power(number: str) -> str:
    digits, _, exponent = number.partition("e")
    return rf"{digits} \times 10^{{{int(exponent)}}}" if exponent else digits
