"""What is done to the release while touches are recorded: each row a function."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from tests.cluster import drain, edges, trust
from tests.cluster.engines import Broker
from tests.cluster.programs import PATIENCE, RELEASE, until
from tests.cluster.release import Release
from tests.cluster.trust import restarts
from tests.cluster.upgrade import upgraded
from tests.faults.edge import Clicks
from tests.faults.load import Load
from tests.faults.matrix import Bench, Row

OF_INTERACTION = [f"interaction-{role}" for role in ("serve", "consume", "publish", "work")]
ALONE = 3.0  # seconds in which records come to a leader whose followers stand still
CLICKS = 50  # that are answered before the edge is killed
INTAKE = "touchline.interaction.intake.v1"
ON_THE_PATH = ("interaction-serve", "interaction-consume", "contact-serve", "interaction-work")


def install(release: Release) -> list[str]:
    """Helm installs the chart, its test records a touch from a pod, and the table holds that touch."""
    release.install()
    pods = release.pods()
    release.test()
    with release.sql("interaction") as connection:
        found = connection.execute("SELECT count(*) FROM touch WHERE source = 'smoke'").fetchone()
    assert found == (1,), f"the touch of `helm test` is {found} times in the table"
    nodes = {one["spec"]["nodeName"] for one in pods}
    done = f"`helm install`: {len(pods)} pods ready on {len(nodes)} nodes"
    return [done, "`helm test`: its touch is there once"]


UPGRADE = "upgrade from the version before (F15)"


def upgrade() -> Row:
    """The row for which the version before is installed."""
    return Row(UPGRADE, _with(upgraded))


def under_load(release: Release) -> list[Row]:
    """The rows through which touches are recorded, on this version, as far as the cluster has what they need."""
    return [row for row in _under_load(release) if row.name not in release.untested]


def _under_load(release: Release) -> Iterator[Row]:
    yield Row("failed upgrade, rolled back", _with(rolled_back))
    yield Row("edges denied by NetworkPolicies", _with(edges.denied))
    yield Row("pods killed (F1, F2)", _with(killed))
    yield Row("consumers 1 → 4 → 1 (F4)", _with(scaled))
    yield Row("nodes drained", _with(drain.drained))
    if not release.nodes:
        yield Row("pods evicted (F1)", _with(drain.evicted))
    yield Row("leader broker killed (F6)", _with(leader_killed))
    yield Row("brokers restarted in turn (F6)", _with(brokers_restarted))
    yield Row("database password rotated (F20)", _with(rotated))
    yield Row("certificates rotated (F20)", _with(trust.rotated))
    yield Row("edge killed with a spool (F5)", spooled)


def _with(act: Callable[[Release], str]) -> Callable[[Bench, Load], Awaitable[None]]:
    """A row's fault from a function that blocks; what it answers is noted."""

    async def inject(bench: Bench, _load: Load) -> None:
        bench.note(await asyncio.to_thread(act, release_of(bench)))

    return inject


def release_of(bench: Bench) -> Release:
    assert isinstance(bench.system, Release)
    return bench.system


def rolled_back(release: Release) -> str:
    """An image that no node has: Helm gives up, the pods of before go on, the rollback removes the others."""
    before = {one["metadata"]["uid"] for one in release.pods()}
    failed = ""
    try:
        release.upgrade("--set", "image.tag=absent", "--wait", "--timeout", "45s")
    except AssertionError as error:
        failed = str(error)
    assert failed, "the upgrade to an image that is not there succeeded"
    words = (f"{release.repository}:absent", release.absent)
    look = ("describe", "pods", "--selector", release.selector)
    until(lambda: all(word in release.kubectl(*look) for word in words), f"{words} are told")
    release.helm("rollback", RELEASE)
    release.wait_until_ready()
    kept = before & {one["metadata"]["uid"] for one in release.pods()}
    return (
        f"`helm upgrade --wait` to an image that no node has failed, `helm rollback`: "
        f"{len(kept)} of {len(before)} pods ran on untouched"
    )


def killed(release: Release) -> str:
    """Kill -9 of a container of each role on the path of a touch; the kubelet starts it anew."""
    for component in ON_THE_PATH:
        release.kill_pod(release.pods(component)[0])
    release.wait_until_ready()
    return f"{release.killed} of {', '.join(ON_THE_PATH)}: each started anew"


def scaled(release: Release) -> str:
    """Members come to the consumers' group and leave it; at the end there are as many as the chart says."""
    for replicas in (1, 4, 1, 2):
        release.kubectl("scale", f"deployment/{RELEASE}-interaction-consume", f"--replicas={replicas}")
        release.wait_until_ready()
    return "`kubectl scale` of interaction-consume to 1, to 4 and to 1 again"


def leader_killed(release: Release) -> str:
    """Kill -9 of the broker that leads the first partition of the intake stream, with what it alone acknowledged.

    The others are frozen meanwhile. The first records go to them even so, who had asked for them before; more come
    only when somebody was told that the leader alone is enough, since a producer waits for its answer.
    """
    engines = release.engines
    number = engines.leader(INTAKE)
    broker = engines.brokers[number - 1]
    with engines.frozen(without=number):
        assert grows(broker, PATIENCE), f"no record came to broker {number}"
        for _ in range(2):
            grows(broker, ALONE)
        broker.kill()
    until(lambda: engines.is_served(INTAKE, without=number), f"leaders for {INTAKE}")
    broker.start()
    until(lambda: engines.is_whole(INTAKE), "every replica in sync")
    return (
        f"kill -9 of the broker that leads partition 0 of {INTAKE} while the others stood still; started again, in sync"
    )


def grows(broker: Broker, seconds: float) -> bool:
    """Whether records come to a broker within so many seconds."""
    before = broker.size_of(INTAKE)
    try:
        until(lambda: broker.size_of(INTAKE) > before, "records", seconds)
    except AssertionError:
        return False
    return True


def brokers_restarted(release: Release) -> str:
    """Each broker is stopped and started, the next one when every replica is in sync."""
    engines = release.engines
    for broker in engines.brokers:
        broker.stop()
        broker.start()
        until(lambda: engines.is_whole(INTAKE), "every replica in sync")
    return "three brokers stopped and started in turn"


def rotated(release: Release) -> str:
    """A new password in PostgreSQL and the Secret; when pods have it, every session ends and has to log in anew."""
    file = release.state / "secrets" / "interaction.password"
    file.write_text(f"{file.read_text()}-new")
    release.engines.postgres.ensure_role("interaction", file.read_text())
    release.apply(release.secrets()["touchline-database"])
    mine = {one["metadata"]["name"]: restarts(one) for role in OF_INTERACTION for one in release.pods(role)}
    look = ("python", "-c", "print(open('/etc/touchline/database/password').read())")
    for name in mine:
        until(
            lambda name=name: file.read_text() in release.kubectl("exec", name, "--", *look), f"{name} has it", every=3
        )
    with release.engines.postgres.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'interaction'")
    release.wait_until_ready()
    assert {name: restarts(release.pod(name)) for name in mine} == mine, "pods were started anew"
    return f"password of interaction's role; {len(mine)} pods read the new one without a restart, every session ended"


async def spooled(bench: Bench, _load: Load) -> None:
    """Links are followed while Kafka is away; the edge's pods go at once, and others find what waits in volumes."""
    release, stop = release_of(bench), asyncio.Event()
    clicks = Clicks(release)
    clicking = asyncio.create_task(clicks.until(stop))
    try:
        waiting = await asyncio.to_thread(_edge_killed_without_kafka, release, clicks)
    finally:
        stop.set()
        await clicking
    await asyncio.to_thread(_until_written, clicks)
    doubled = sum(times > 1 for times in clicks.written().values())
    waited = f"with {waiting:,} bytes in the spools"
    bench.note(f"three brokers killed, then each edge's pod deleted without a grace, {waited}; all back")
    bench.expect(not doubled, f"{len(clicks.promised)} clicks led on meanwhile and are in the table, {doubled} twice")


def _until_written(clicks: Clicks) -> None:
    try:
        until(lambda: not clicks.promised - clicks.written().keys(), "every click in the table", 180)
    except AssertionError as error:
        lost = clicks.promised - clicks.written().keys()
        raise AssertionError(
            f"{len(lost)} of {len(clicks.promised)} clicks that led on are not in the table"
        ) from error


def _edge_killed_without_kafka(release: Release, clicks: Clicks) -> int:
    """The bytes that waited in the spools then; returns when everything is back."""
    brokers = release.engines.brokers
    for broker in brokers:
        broker.kill()
    before = len(clicks.promised)
    until(lambda: len(clicks.promised) >= before + CLICKS, "clicks answered without Kafka")
    waiting = until(release.spool_bytes, "something in the spools")
    release.delete_at_once(release.pods("interaction-edge"))
    for broker in brokers:
        broker.begin()
    for broker in brokers:
        broker.ready()
    release.wait_until_ready()
    return int(waiting)
