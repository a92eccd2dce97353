"""Starts the simulator: python -m local.simulator --accounts FILE.json."""

import argparse
import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web

from local.simulator.accounts import Accounts, AccountsError
from local.simulator.app import Simulator, build_simulator

HOST = "127.0.0.1"
SHUTDOWN_SECONDS = 1.0
"""How long open requests (slow ones, on purpose) may delay the end."""


async def serve(simulator: Simulator, port: int, smtp_port: int) -> None:
    """Listen until SIGINT or SIGTERM; raises OSError when a port is taken."""
    stopped = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with AsyncExitStack() as cleanup:
        runner = web.AppRunner(simulator.http, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        cleanup.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, HOST, port).start()
        ready = f"Provider simulator ready: http://{HOST}:{port}/"
        if simulator.mail:
            mail_server = await simulator.mail.start(HOST, smtp_port)
            cleanup.callback(mail_server.abort_clients)
            cleanup.callback(mail_server.close)
            ready += f" and SMTP on {HOST}:{smtp_port}"
        print(ready, flush=True)
        await stopped.wait()


def main() -> int:
    """Read the arguments and run; the exit status is 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m local.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8100, help="HTTP port (default: 8100)")
    parser.add_argument("--smtp-port", type=int, default=8101, help="SMTP port (default: 8101)")
    parser.add_argument("--accounts", type=Path, required=True, help="JSON file of the accounts")
    arguments = parser.parse_args()
    try:
        simulator = build_simulator(
            Accounts.load(arguments.accounts), aws_endpoint_url=os.environ.get("AWS_ENDPOINT_URL")
        )
        asyncio.run(serve(simulator, arguments.port, arguments.smtp_port))
    except AccountsError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The simulator cannot listen: {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
