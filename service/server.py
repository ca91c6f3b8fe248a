"""The API as a process: `python -m service.server`, with everything from `NPSWEEP_…` variables."""

import gc

import uvicorn

from service.app import create_app
from service.control.cluster import RayJobs
from service.logs import set_up_logs
from service.settings import ServiceSettings

GRACE_SECONDS = 2
"""For requests at work when the service is told to end. With the reconciler's own wait it is over within 4 seconds,
also where Ray hangs and threads wait for it."""


def main() -> None:
    """Serves until SIGTERM or SIGINT; open event streams are ended first."""
    settings = ServiceSettings()
    set_up_logs(settings.log_format)
    app = create_app(settings, RayJobs(settings.ray_url, settings.ray_token_path), lambda: server.should_exit)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            server_header=False,
        )
    )
    gc.collect()
    gc.freeze()  # all that was imported stays for good, and need not be looked through again and again
    server.run()


if __name__ == "__main__":
    main()
