"""Which actor gets which shard when actors die, over a made-up cluster that does what it was told beforehand."""

from types import SimpleNamespace

import pytest

from examgen.engines import on_ray
from examgen.engines.on_ray import RayActors
from examgen.engines.shards import Counts, Lost, Scored, Shard
from examgen.errors import ExamgenError


class ActorError(Exception):
    pass


class TaskError(Exception):
    pass


class Call:
    """A method of an actor; calling it gives a name for the result."""

    def __init__(self, *name):
        self.name = name

    def remote(self, *arguments):
        return (*self.name, *(shard.number for shard in arguments))


class Cluster:
    """Stands in for Ray. ``results`` says what is done, by actor and method, in the order in which it is done."""

    exceptions = SimpleNamespace(RayActorError=ActorError, RayTaskError=TaskError)

    def __init__(self, results):
        self.results = results
        self.actors = 0
        self.killed = []

    def put(self, value):
        return value

    def remote(self, **resources):
        return lambda worker: SimpleNamespace(remote=lambda setup: self._actor())

    def _actor(self):
        self.actors += 1
        return SimpleNamespace(number=self.actors, ready=Call(self.actors, "ready"), score=Call(self.actors, "score"))

    def wait(self, references, num_returns, timeout=None):
        done = [reference for reference in self.results if reference in references][:num_returns]
        assert done or timeout is not None, f"waits for ever for {references}"
        return done, [reference for reference in references if reference not in done]

    def get(self, reference):
        result = self.results[reference]
        if isinstance(result, Exception):
            raise result
        return result

    def kill(self, actor):
        self.killed.append(actor.number)

    def shutdown(self):
        pass


def scored(number):
    return Scored(number, b"", Counts())


def engine(monkeypatch, results, workers=2):
    cluster = Cluster(results)
    monkeypatch.setattr(on_ray, "_connected", lambda address: cluster)
    return RayActors(list, "jsonl", workers), cluster


def shard(number):
    return Shard(number, ())


def test_a_lost_shard_goes_to_an_actor_that_is_left_where_no_new_one_finds_room(monkeypatch):
    ray, cluster = engine(
        monkeypatch,
        {
            (1, "ready"): None,
            (2, "ready"): None,
            (2, "score", 0): ActorError("its node is gone"),
            (1, "score", 1): scored(1),
            (1, "score", 0): scored(0),  # actor 3, the replacement, is never ready
        },
    )
    assert ray.capacity == 2
    ray.submit(shard(0))
    ray.submit(shard(1))

    lost = ray.next()
    ray.submit(lost.shard)
    found = [ray.next(), ray.next()]
    ray.close()

    assert lost == Lost(shard(0))
    assert found == [scored(1), scored(0)]
    assert (cluster.actors, sorted(cluster.killed)) == (3, [1, 3])


def test_a_new_actor_gets_work_when_it_is_ready(monkeypatch):
    ray, _ = engine(
        monkeypatch,
        {(1, "ready"): None, (1, "score", 0): ActorError(), (2, "ready"): None, (2, "score", 0): scored(0)},
        1,
    )
    ray.submit(shard(0))

    lost = ray.next()
    ray.submit(lost.shard)

    assert ray.next() == scored(0)
    ray.close()


def test_actors_that_always_die_at_birth_end_the_run(monkeypatch):
    ray, cluster = engine(monkeypatch, {(number, "ready"): ActorError("no memory") for number in range(1, 30)}, 1)
    ray.submit(shard(0))

    with pytest.raises(ExamgenError, match="the cluster's actors end before they have begun: no memory"):
        ray.next()
    ray.close()
    assert cluster.actors == on_ray.MAX_STILLBORN + 1
