"""Run the exchange as a process: open, furnish when new, serve until told to stop.

The exit code is 0 after a clean stop and 1 when the writer had to stop: what was being written may
or may not be on disk, and only a restart, which replays the journal, can tell.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from contextlib import suppress

from presage.api.server import MAX_CONNECTIONS, Server
from presage.app import datadir, joining, memory
from presage.app.build import Running, build
from presage.app.demo.content import house_lines
from presage.app.demo.seed import seed, seed_house
from presage.app.demo.seed_world import seed_world
from presage.app.logging import configure, log
from presage.app.progress import shown
from presage.app.settings import BadSetting, Settings
from presage.app.welcome import welcome
from presage.storage.errors import StorageError
from presage.workers.allocations import Allocations
from presage.workers.incentives import Incentives
from presage.workers.market_maker import MarketMaker

TURN = 0.001
"""Seconds after which the event loop and the writer's thread give way to each other. The writer
lets go of the interpreter at every statement; with Python's 5 ms it would wait that long, each
time, to go on. Measured: twice the orders a second of 5 ms; shorter turns gain nothing."""
OWN_FILES = 128
"""Open files that are not clients' connections: database, log, readers, listeners."""


class CannotListen(Exception):
    """The address is taken, not ours or not allowed."""


def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM. Returns the process's exit code."""
    configure()
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            return runner.run(_serve(settings))
    except (StorageError, CannotListen, BadSetting) as error:
        with suppress(OSError):  # the log may be on the same full disk
            print(f"presage: {error}", file=sys.stderr)
        return 1


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


async def _serve(settings: Settings) -> int:
    failures: list[BaseException] = []
    background: list[asyncio.Task[None]] = []
    stopped = asyncio.Event()

    def stop(error: BaseException) -> None:
        failures.append(error)
        log.error("the writer has stopped; exiting", error=str(error))
        stopped.set()

    datadir.make(settings.data)
    memory.hold_off()
    with shown() as progress:
        running = await build(settings, on_stop=stop, progress=progress, own_process=True)
    try:
        await datadir.furnish(running.services, settings)
        if settings.content == "demo":
            await seed(running.services.gateway, running.services.clock)
            await seed_world(running.services.gateway, running.services.clock)
            await seed_house(running.services.gateway, running.services.clock, house_lines())
        _stop_on_signals(stopped)
        await _start_workers(running, background)
        memory.settle()
        background.append(asyncio.create_task(memory.tend(), name="memory"))
        sys.setswitchinterval(TURN)
        upgrade = running.streams.upgrade
        server = Server(running.door.respond, upgrade=upgrade, most=room_for_clients())
        running.watched.server = server
        await _listen(server, settings)
        with suppress(OSError):  # on a full disk it is lost, as a line of the log would be
            print(welcome(settings), flush=True)
        await stopped.wait()
        await server.close()
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await running.close()
    return 1 if failures else 0


def _stop_on_signals(stopped: asyncio.Event) -> None:
    """SIGINT and SIGTERM only ask: the answers and the books have to be finished."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)


async def _listen(server: Server, settings: Settings) -> None:
    try:
        await server.listen(settings.host, settings.port)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        where = f"{settings.host}:{settings.port}"
        raise CannotListen(f"cannot listen on {where}: {reason}") from error


async def _start_workers(running: Running, tasks: list[asyncio.Task[None]]) -> None:
    """Add them to `tasks`. The market maker has quoted every market before the door opens."""
    settings, services = running.settings, running.services
    incentives = Incentives(services.gateway, services.reader, services.markets, services.clock)
    allocations = Allocations(services.gateway, services.reader, services.markets)
    tasks += [
        asyncio.create_task(incentives.run(), name="incentives"),
        asyncio.create_task(allocations.run(), name="allocations"),
        *running.jobs.start(),
    ]
    if not settings.market_maker:
        return
    maker = MarketMaker(
        services.gateway, services.clock, (), seed=settings.seed, reader=services.reader
    )
    await maker.prepare()
    await joining.give_profiles(services)
    tasks.append(asyncio.create_task(maker.run(), name="market maker"))


def room_for_clients() -> int:
    """How many clients may be connected at once: as many as the server wants, or as the operating
    system allows files beside those of the exchange itself. It is asked for more first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OWN_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft < wanted:
        with suppress(OSError, ValueError):  # macOS has a limit beyond the limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return max(1, min(MAX_CONNECTIONS, soft - OWN_FILES))
