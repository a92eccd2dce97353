"""One run, from an empty tenant to a verdict."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import httpx

from chaos import aws_proxy, plan, providers, settling, tenant
from chaos.aws_faults import AwsFaults
from chaos.clients import Clients
from chaos.functions import Functions
from chaos.judgement import Happened, Received, Verdict, judge
from chaos.leaving import Leaving
from chaos.log import Log
from chaos.queues import Queues
from local import aws
from local.accounts import Credentials
from local.places import AWS_URL
from recado.bootstrap.deployment import Stack
from recado.config import Config

SHARE_OF_SENDING = 0.7
"""Of a run's time; the rest, an estimate, is for what is left to come to its end."""

AHEAD = timedelta(minutes=45)
"""Messages that are for later are for so much later: long after the clock's first jump."""

SWEEP_SECONDS = 5.0
"""Between two runs of the clock's function while events come in; unknown outcomes wait so long."""

WARM_UP_SECONDS = 120.0
WARM_UP = 6
"""Events that are sent before anything fails, so that every function has a worker."""

CLIENT_TIMEOUT_SECONDS = 32.0
"""Just longer than the gateway waits for a function."""

KILL_SECONDS = 10.0
OUTAGE_SECONDS = 8.0
TELL_SECONDS = 5.0


@dataclass(frozen=True)
class Options:
    """How large a run is, and how bad.

    Parameters
    ----------
    minutes
        About how long it takes, most of it for sending.
    rate
        How many calls of AWS and of providers meet a fault.
    """

    notifications: int
    seed: int
    minutes: float
    rate: float = 0.05


@dataclass
class Done:
    """What a run did, and its verdict."""

    verdict: Verdict
    seconds: float
    aws_faults: Mapping[str, int]
    killed: list[str]
    refusals: Mapping[str, int]


@dataclass
class _Scene:
    """All that a run works with."""

    tenant_id: str
    functions: Functions
    queues: Queues
    log: Log
    providers: providers.Providers
    faults: AwsFaults
    clients: Clients
    leaving: Leaving
    chance: random.Random
    tell: Callable[[str], None]
    killed: list[str] = field(default_factory=list)


def run(
    options: Options,
    variables: Mapping[str, str],
    *,
    tell: Callable[[str], None],
    show: Callable[[Done], None],
) -> Verdict:
    """Run on the laptop cloud that is up; what was found is shown before all is set back.

    Raises
    ------
    Problem
        Something of the scene could not be set up.
    NotQuiet
        It does not come to its end.
    """
    began = time.monotonic()
    whole = plan.make(
        notifications=options.notifications,
        seconds=options.minutes * 60 * SHARE_OF_SENDING,
        seed=options.seed,
    )
    with _scene(options, whole, variables, tell) as scene:
        dead_before = scene.queues.dead()
        _warm_up(whole.orders[:WARM_UP], scene)
        scene.faults.is_calm = False
        scene.providers.misbehave(options.rate)
        _send(whole.orders[WARM_UP:], scene, seconds=options.minutes * 60 * SHARE_OF_SENDING)
        scene.providers.behave()
        tell("the providers behave again; AWS goes on failing while what is in the queues is done")
        settling.wait_until_quiet(scene.queues, scene.log)
        scene.faults.is_calm = True
        _wait_for_leases(tell)
        clock_moved_at = datetime.now(UTC)
        settling.settle(scene.functions, scene.queues, scene.log, tell=tell)
        scene.leaving.stop()
        dead = scene.queues.dead()
        verdict = judge(
            Happened(
                orders=scene.clients.sent,
                accepted=scene.clients.accepted,
                log=scene.log.read(),
                received=[Received.from_simulator(m) for m in scene.providers.messages()],
                left=scene.leaving.left,
                opt_outs_not_stored=scene.leaving.not_stored,
                lease=timedelta(seconds=tenant.LEASE_SECONDS),
                clock_moved_at=clock_moved_at,
                dead={queue: dead[queue] - dead_before[queue] for queue in dead},
            )
        )
        done = Done(
            verdict=verdict,
            seconds=time.monotonic() - began,
            aws_faults={str(kind): count for kind, count in scene.faults.injected.items()},
            killed=scene.killed,
            refusals=scene.clients.refusals,
        )
        show(done)
        tell("the functions are set back")
    return done.verdict


@contextmanager
def _scene(
    options: Options,
    whole: plan.Plan,
    variables: Mapping[str, str],
    tell: Callable[[str], None],
) -> Iterator[_Scene]:
    """A tenant, its providers, and functions that call AWS through a proxy."""
    _enter(variables)
    # Of its own, so that a laptop cloud that stays up can have many runs.
    tenant_id = f"chaos-{int(time.time())}"
    known = Credentials()
    stack = Stack(Config(variables))
    queues = Queues(variables)
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(TemporaryDirectory()))
        accounts = tenant.simulated_accounts(known)
        simulated = cleanup.enter_context(providers.running(accounts, folder))
        tell(f"tenant {tenant_id}: {len(whole.people)} people on three channels")
        api_key = tenant.set_up(
            stack,
            variables,
            tenant_id=tenant_id,
            people=whole.people,
            simulator_url=simulated.url,
            known=known,
            folder=folder,
        )
        simulated.follow(whole.people)
        faults = AwsFaults(rate=options.rate, seed=options.seed)
        faults.is_calm = True
        proxy = cleanup.enter_context(aws_proxy.running(AWS_URL, faults))
        functions = Functions()
        cleanup.enter_context(functions.led_through(proxy))
        cleanup.enter_context(functions.few_at_once())
        cleanup.enter_context(queues.hurried())
        api = cleanup.enter_context(
            httpx.Client(
                base_url=variables["RECADO_URL"],
                headers={"X-API-Key": api_key},
                timeout=CLIENT_TIMEOUT_SECONDS,
                trust_env=False,
            )
        )
        yield _Scene(
            tenant_id=tenant_id,
            functions=functions,
            queues=queues,
            log=Log(variables, tenant_id),
            providers=simulated,
            faults=faults,
            clients=Clients(
                api, queues, tenant_id=tenant_id, ahead_until=datetime.now(UTC) + AHEAD
            ),
            leaving=Leaving(
                simulated, stack.directory, tenant_id=tenant_id, opt_outs=whole.opt_outs
            ),
            chance=random.Random(options.seed),  # noqa: S311
            tell=tell,
        )


def _enter(variables: Mapping[str, str]) -> None:
    """Reach the laptop cloud, and nothing else, from this process."""
    environment = {**aws.environment(), **variables}
    os.environ.clear()
    os.environ.update(environment)
    boto3.DEFAULT_SESSION = None


def _warm_up(orders: Sequence[plan.Order], scene: _Scene) -> None:
    """Let every function start a worker or two."""
    scene.tell(f"{len(orders)} events while all is well")
    now = time.monotonic()
    scene.clients.send(orders, begun=now, end=now + WARM_UP_SECONDS)
    settling.wait_until_quiet(scene.queues, scene.log)


def _send(orders: Sequence[plan.Order], scene: _Scene, *, seconds: float) -> None:
    """Send events while people leave, workers die, and a provider is out for a while."""
    begun = time.monotonic()
    over = threading.Event()
    tasks = [
        threading.Thread(target=scene.leaving.run, args=(begun,), name="leaving", daemon=True),
        threading.Thread(target=_kill_now_and_then, args=(scene, over), name="killing"),
        threading.Thread(target=_sweep_now_and_then, args=(scene, over), name="clock"),
        threading.Thread(target=_outage, args=(scene, over, seconds / 3), name="outage"),
        threading.Thread(target=_tell_now_and_then, args=(scene, over)),
    ]
    for task in tasks:
        task.start()
    try:
        scene.clients.send(orders, begun=begun, end=begun + seconds)
    finally:
        over.set()
        for task in tasks[1:]:
            task.join()


def _kill_now_and_then(scene: _Scene, over: threading.Event) -> None:
    while not over.wait(KILL_SECONDS * scene.chance.uniform(0.5, 1.5)):
        if victim := scene.functions.kill_one(scene.chance):
            scene.killed.append(victim)


def _sweep_now_and_then(scene: _Scene, over: threading.Event) -> None:
    while not over.wait(SWEEP_SECONDS):
        scene.functions.sweep(datetime.now(UTC))


def _outage(scene: _Scene, over: threading.Event, after: float) -> None:
    if over.wait(after):
        return
    provider = scene.chance.choice(sorted(tenant.PROVIDER_OF.values()))
    scene.tell(f"{provider} is out for {OUTAGE_SECONDS:.0f} s")
    outage = scene.providers.fail(provider)
    over.wait(OUTAGE_SECONDS)
    scene.providers.recover(outage)


def _tell_now_and_then(scene: _Scene, over: threading.Event) -> None:
    while not over.wait(TELL_SECONDS):
        scene.tell(
            f"{len(scene.clients.accepted)} of {len(scene.clients.sent)} events accepted, "
            f"{scene.faults.injected.total()} faults of AWS, "
            f"{len(scene.killed)} workers killed, {len(scene.leaving.left)} opt-outs"
        )


def _wait_for_leases(tell: Callable[[str], None]) -> None:
    """Let leases of workers that died end by the laptop's clock, before the clock is moved.

    Otherwise a worker that is still sending would be taken for dead.
    """
    tell(f"waiting {tenant.LEASE_SECONDS:.0f} s for the leases of workers that died")
    time.sleep(tenant.LEASE_SECONDS)
