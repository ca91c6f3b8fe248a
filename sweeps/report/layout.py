"""Columns laid out: aligned for a terminal, or as a table in Markdown."""

import re
import textwrap

from sweeps.report.columns import Column

WIDTH = 120


def aligned(table: list[Column]) -> list[str]:
    """Lines: titles, a rule, a line a row."""
    height = max(column.title.count("\n") for column in table) + 1
    laid_out = []
    for column in table:
        title = column.title.split("\n")
        cells = [""] * (height - len(title)) + title + column.cells
        width = max(len(cell) for cell in cells)
        laid_out.append([cell.ljust(width) if column.is_text else cell.rjust(width) for cell in cells])
    rows = ["  ".join(cells) for cells in zip(*laid_out, strict=True)]
    rule = "  ".join("─" * len(cells[0]) for cells in laid_out)
    return [*rows[:height], rule, *rows[height:]]


def filled(paragraphs: list[str]) -> list[str]:
    """Paragraphs broken at WIDTH."""
    return [line for text in paragraphs for line in textwrap.wrap(text, WIDTH, subsequent_indent="  ")]


def markdown_table(table: list[Column]) -> list[str]:
    """Lines: titles, alignment, a line a row."""
    titles = [escaped(column.title.replace("_\n", "_").replace(".\n", ".").replace("\n", " ")) for column in table]
    rows = [[escaped(cell) for cell in cells] for cells in zip(*(column.cells for column in table), strict=True)]
    return [_row(titles), _row([":---" if column.is_text else "---:" for column in table]), *map(_row, rows)]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.strip() for cell in cells)} |"


def escaped(text: str) -> str:
    """In one line, without what Markdown would read as its own."""
    return "".join(f"\\{sign}" if sign in "\\|*`<>[]" else sign for sign in " ".join(text.split()))


def fenced(language: str, text: str) -> list[str]:
    """Lines of a block of code, which nothing in it can end: its fence is longer than any row of backticks there."""
    longest = max((len(row) for row in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", text, fence]
