"""Every command that talks to the service takes `--profile`, as it stands before the command."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from service.cli.connection import choose_profile
from service.cli.profiles import profile_names

PROFILE_HELP = "The service to talk to, by the name it has from `npsweep login`."

Profile = Annotated[str | None, typer.Option("--profile", help=PROFILE_HELP, autocompletion=profile_names)]
Command = Callable[..., Any]


def take_profiles(app: typer.Typer) -> None:
    """Gives it to every command of the application that takes an address, and to those of its groups."""
    for one in app.registered_commands:
        one.callback = _with_profile(one.callback)
    if app.registered_callback:
        app.registered_callback.callback = _with_profile(app.registered_callback.callback)
    for group in app.registered_groups:
        if group.typer_instance:
            take_profiles(group.typer_instance)


def _with_profile(command: Command | None) -> Command | None:
    if command is None or not {"url", "token", "data_dir"} <= inspect.signature(command).parameters.keys():
        return command

    @wraps(command)
    def chosen(*args: Any, profile: str | None = None, **kwargs: Any) -> Any:
        if profile is not None:
            choose_profile(profile)
        return command(*args, **kwargs)

    signature = inspect.signature(command)
    added = inspect.Parameter("profile", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Profile)
    chosen.__signature__ = signature.replace(  # type: ignore[attr-defined]  # as inspect documents it
        parameters=[*signature.parameters.values(), added]
    )
    chosen.__annotations__ = {**command.__annotations__, "profile": Profile}
    return chosen
