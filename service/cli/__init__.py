"""The command line `npsweep`: a thin reader of the REST API, and the starter of the embedded stack.

Heavy imports happen inside the commands that need them, so that `npsweep --help` answers at once.
"""

from service.cli.commands import main as main
