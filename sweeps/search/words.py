"""Numbers in a pruner's reason: as short as they can be while the reader still sees which is the larger."""


def apart(value: float, limit: float) -> tuple[str, str]:
    """Both numbers with three significant digits, or as many more as it takes to order them as they are."""
    for digits in range(3, 17):
        texts = f"{value:.{digits}g}", f"{limit:.{digits}g}"
        first, second = map(float, texts)
        if (first < second, first > second) == (value < limit, value > limit):
            return texts
    return repr(value), repr(limit)


def ordinal(number: float) -> str:
    """75 → 75th, 1 → 1st, 33.3 → 33.3th."""
    text = f"{number:g}"
    teen = text[-2:] in ("11", "12", "13")
    ending = "th" if teen or "." in text else {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")
    return text + ending


def trials(count: int, kind: str = "") -> str:
    """1 completed trial, 6 completed trials."""
    return f"{count} {kind}{' ' if kind else ''}trial{'' if count == 1 else 's'}"
