"""The figures that a report has."""

from typing import Literal, get_args

FigureName = Literal["arms", "landscape", "curves"]
FIGURES: tuple[FigureName, ...] = get_args(FigureName)
FigureFormat = Literal["svg", "png"]

TITLES: dict[FigureName, str] = {
    "arms": "Arms side by side: every confirmation seed, their mean and its 95 % interval.",
    "landscape": "Value over noise scale and decorrelation rate: completed trials of the search, the best circled.",
    "curves": "Learning curves of the best configurations: mean ± standard deviation of the seeds that stayed finite.",
}
