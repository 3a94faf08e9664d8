"""The engine ``ray``: actors on this machine or on a cluster, each with a grader of its own.

Only Ray Core is used: actors and their results. Shards travel to the actors
and parts travel back, so that nodes need no common file system.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

from examgen.engines.setup import GraderSetup
from examgen.engines.shards import Grades, Lost, Scored, Shard, score
from examgen.errors import ExamgenError, MissingDependencyError

# What Ray reads before it is imported: it must not call home, and must leave a process without GPU its variables.
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}

KNOCK_SECONDS = 5
# So many actors dying one after the other before they are ready are no matter of lost nodes.
MAX_STILLBORN = 10


class RayActors:
    """Scores on Ray actors, one shard each at a time.

    An actor that dies costs its shard and is replaced; the new one gets work
    when it says that it is ready, so that a cluster with a lost node goes on
    with the nodes that it has.
    """

    def __init__(
        self,
        open_grader: Callable[[], Grades],
        output: str,
        workers: int,
        address: str = "",
        cpus: float = 1.0,
        gpus: float = 0.0,
        versions: dict[str, str] | None = None,
    ) -> None:
        """Connect to a cluster, or start one on this machine.

        Args:
            address: of a running cluster, or ``auto`` for the one that this machine is a node of; empty to start one.
            cpus: reserved for each actor.
            gpus: likewise; may be a fraction.
            versions: what all actors have to agree with; see `examgen.engines.GraderSetup.versions`.

        Raises:
            MissingDependencyError: Ray is not installed.
            ExamgenError: there is no cluster at that address.
        """
        self.ray = _connected(address)
        # A thread of Ray prints the deaths of actors on stdout, where results belong.
        self.aside = contextlib.redirect_stdout(sys.stderr)
        self.aside.__enter__()
        self.versions = versions
        self.wanted = workers
        self.setup = self.ray.put((open_grader, output))
        self.actor = self.ray.remote(num_cpus=cpus, num_gpus=gpus, max_restarts=0, max_task_retries=0)(Worker)
        self.starting: dict[Any, Any] = {}
        self.stillborn = 0
        self.idle: list[Any] = []
        self.busy: dict[Any, tuple[Any, Shard]] = {}
        self.backlog: deque[Shard] = deque()
        """Shards for the next actor that is free: one that was there all along, or a new one."""
        for _ in range(workers):
            self._start()

    @property
    def capacity(self) -> int:
        """See `Engine.capacity`: as many as are ready by now."""
        if self.starting:
            ready, _ = self.ray.wait(list(self.starting), num_returns=len(self.starting), timeout=0)
            for reference in ready:
                self._welcome(reference)
        return max(1, len(self.idle) + len(self.busy))

    def submit(self, shard: Shard) -> None:
        """See `Engine.submit`."""
        self.backlog.append(shard)
        self._assign()

    def next(self) -> Scored | Lost:
        """See `Engine.next`."""
        while True:
            self._assign()
            # A replacement may never be ready, where a lost node leaves no room for it; the others go on.
            (done, *_), _ = self.ray.wait([*self.busy, *self.starting], num_returns=1)
            if done in self.starting:
                self._welcome(done)
                continue
            actor, shard = self.busy.pop(done)
            try:
                scored: Scored = self._result(done)
            except self.ray.exceptions.RayActorError:
                self._start()
                return Lost(shard)
            self.idle.append(actor)
            return scored

    def close(self) -> None:
        """See `Engine.close`: a cluster that was there before stays."""
        for actor in [*self.idle, *self.starting.values(), *(actor for actor, _ in self.busy.values())]:
            self.ray.kill(actor)
        self.ray.shutdown()
        self.aside.__exit__(None, None, None)

    def _start(self) -> None:
        actor = self.actor.remote(self.setup)
        self.starting[actor.ready.remote()] = actor

    def _assign(self) -> None:
        """Give what is waiting to actors that are free."""
        while self.backlog and self.idle:
            shard, actor = self.backlog.popleft(), self.idle.pop()
            self.busy[actor.score.remote(shard)] = (actor, shard)

    def _welcome(self, reference: Any) -> None:
        """Take in an actor that says that it is ready."""
        actor = self.starting.pop(reference)
        try:
            versions = self._result(reference)
        except self.ray.exceptions.RayActorError as error:
            self.stillborn += 1
            if self.stillborn > MAX_STILLBORN:
                raise ExamgenError(
                    f"the cluster's actors end before they have begun: {str(error).splitlines()[0]}",
                    "Look into the logs of Ray.",
                ) from error
            self._start()  # its node died while it was starting
            return
        self.stillborn = 0
        self._compare(versions)
        self.idle.append(actor)

    def _compare(self, versions: dict[str, str] | None) -> None:
        if versions is None or self.versions is None:
            return
        for name, value in versions.items():
            if self.versions.get(name) != value:
                raise ExamgenError(
                    f"a node of the cluster has {name} {value}, and this machine has {self.versions.get(name)}",
                    "Install the same versions on all nodes.",
                )

    def _result(self, reference: Any) -> Any:
        try:
            return self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:
            cause = error.cause
            raise cause if isinstance(cause, ExamgenError) else ExamgenError(f"on the cluster: {cause}") from error


class Worker:
    """An actor: opens the grader once and scores shards."""

    def __init__(self, setup: tuple[Callable[[], Grades], str]) -> None:
        self.open_grader, self.output = setup
        self.grader: Grades | None = None

    def ready(self) -> dict[str, str] | None:
        """Open the grader; tell its versions, where it knows them."""
        if isinstance(self.open_grader, GraderSetup):
            self.grader = grader = self.open_grader()
            return self.open_grader.versions(grader)
        self.grader = self.open_grader()
        return None

    def score(self, shard: Shard) -> Scored:
        """See `examgen.engines.shards.score`."""
        return score(shard, self.grader or self.open_grader(), self.output)


def _connected(address: str) -> Any:
    """Ray, connected and quiet."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise MissingDependencyError(
            "the engine 'ray' needs the package ray, which is not installed", "Run: pip install 'openexamgen[ray]'"
        ) from error
    _knock(address)
    # "local" starts a cluster even where the address of a dead one lies about
    settings: dict[str, Any] = {"address": address} if address else {"address": "local", "include_dashboard": False}
    try:
        ray.init(**settings, log_to_driver=False, logging_level=logging.ERROR, ignore_reinit_error=True)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ExamgenError(
            f"there is no Ray cluster at {address or 'this machine'}: {str(error).splitlines()[0]}",
            "Start one with 'ray start --head', or leave out --ray-address.",
        ) from error
    return ray


def _knock(address: str) -> None:
    """Say at once that nothing listens at an address; Ray itself asks for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()
    except OSError as error:
        raise ExamgenError(
            f"there is no Ray cluster at {address}: {error.strerror or error}",
            "Start one with 'ray start --head', or leave out --ray-address.",
        ) from error
