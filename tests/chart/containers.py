"""Every rendered pod as a container of the real image, without a cluster; `scripts/container-test` builds and calls it.

Runs in network and process namespaces of its own, beside a real PostgreSQL and Kafka. Each container has what its
object says: arguments, environment, secrets, a read-only root, no capabilities, and a user the image does not know.
"""

import json
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import tracking

from deploy.local import databases
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from tests.chart.rendered import WORKLOADS, Object, environment, name, of_kind, pod_of

VALUES = "minimal"
USER = 12345
PATIENCE = 300.0
FIRST_PORT = 9200  # of health: the containers share one network
DRAINED = ("interaction-edge", "interaction-serve", "campaign-send", "interaction-consume")
IMAGE = {
    "PATH": "/opt/touchline/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "TOUCHLINE_HOST": "0.0.0.0",
    "TOUCHLINE_STATE": "/tmp/touchline",
}


class Ground:
    """Engines, secrets and names that the containers find, and the containers themselves."""

    def __init__(self, image: str, folder: Path) -> None:
        self.image, self.folder = image, folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.began = time.monotonic()
        self.postgres = Postgres(folder / "engines", durable=False).start()
        databases.ensure(self.postgres, folder / "engines")
        self.kafka = Kafka(folder / "engines").start()
        self._write_secrets()
        names = " ".join(name(one) for one in of_kind(VALUES, "Service"))
        (folder / "hosts").write_text(f"127.0.0.1 localhost postgres kafka {names}\n")

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def secret(self, one: str, key: str) -> Path:
        return self.folder / "secrets" / one / key

    def _write_secrets(self) -> None:
        told = {"identity.key": secrets.token_hex(32), "token.key": secrets.token_hex(32)}
        told["tracking.key"] = tracking.new_key_line("k1")
        passwords = {s: databases.password_file(self.folder / "engines", s).read_text() for s in databases.SERVICES}
        for one, keys in (("touchline-keys", told), ("touchline-database", passwords)):
            for key, text in keys.items():
                self.secret(one, key).parent.mkdir(parents=True, exist_ok=True)
                self.secret(one, key).write_text(text)
                self.secret(one, key).chmod(0o644)

    def runc(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["runc", "--root", self.folder / "runc", *arguments], **options)

    def start(self, which: str, spec: Object, container: Object, port: int = FIRST_PORT) -> None:
        bundle = self.folder / which
        bundle.mkdir()
        subprocess.run(["runc", "spec"], cwd=bundle, check=True)
        told = json.loads((bundle / "config.json").read_text())
        told["root"] = {"path": self.image, "readonly": container["securityContext"]["readOnlyRootFilesystem"]}
        told["process"] |= self._process(container, port)
        told["mounts"] += [*self._mounts(bundle, spec, container), bound("/etc/hosts", self.folder / "hosts")]
        told["linux"]["namespaces"] = [one for one in told["linux"]["namespaces"] if one["type"] != "network"]
        told["linux"].pop("resources", None)
        (bundle / "config.json").write_text(json.dumps(told))
        with (self.folder / f"{which}.log").open("wb") as log:
            self.running[which] = self.runc("run", which, cwd=bundle, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def _process(self, container: Object, port: int) -> dict[str, Any]:
        told = {**IMAGE, **environment(container), "TOUCHLINE_PORT_METRICS": str(port)}
        if "TOUCHLINE_DATABASE_URL" in told:
            told["TOUCHLINE_DATABASE_URL"] = told["TOUCHLINE_DATABASE_URL"].replace(":5432", f":{self.postgres.port}")
        if "TOUCHLINE_KAFKA_BOOTSTRAP" in told:
            told["TOUCHLINE_KAFKA_BOOTSTRAP"] = self.kafka.bootstrap()
        return {
            "terminal": False,
            "user": {"uid": USER, "gid": USER},
            "cwd": "/opt/touchline/app",
            "noNewPrivileges": True,
            "capabilities": {kind: [] for kind in ("bounding", "effective", "permitted")},
            "args": ["/opt/touchline/bin/python", "-m", *container["args"]],
            "env": [f"{key}={value}" for key, value in told.items()],
        }

    def _mounts(self, bundle: Path, spec: Object, container: Object) -> list[dict[str, Any]]:
        volumes, found = {one["name"]: one for one in spec["volumes"]}, []
        for mount in container["volumeMounts"]:
            held = volumes.get(mount["name"], {}).get("secret")
            if held is None:
                options = ["nosuid", "nodev", "mode=1777"]
                found.append(
                    {"destination": mount["mountPath"], "type": "tmpfs", "source": "tmpfs", "options": options}
                )
                continue
            folder = bundle / mount["name"]
            folder.mkdir()
            for item in held["items"]:
                shutil.copy(self.secret(held["secretName"], item["key"]), folder / item["path"])
            found.append(bound(mount["mountPath"], folder))
        return found

    def ended(self, which: str, seconds: float = PATIENCE) -> None:
        """Wait for a container that has to end well."""
        status = self.running.pop(which).wait(seconds)
        assert status == 0, f"{which} ended with {status}\n{self.log(which)}"
        self.say(f"{which} is done")

    def log(self, which: str) -> str:
        return (self.folder / f"{which}.log").read_text(errors="replace")[-2000:]

    def drained(self, which: str) -> None:
        """Send SIGTERM to a role, which has to end well."""
        began = time.monotonic()
        self.runc("kill", which, "TERM").wait()
        self.ended(which, 40)
        self.say(f"{which} drained in {time.monotonic() - began:.1f} s")

    def close(self) -> None:
        for which, process in self.running.items():
            self.runc("kill", which, "KILL").wait()
            process.wait()
        self.kafka.stop()
        self.postgres.stop()


def bound(inside: str, outside: Path) -> dict[str, Any]:
    return {"destination": inside, "type": "bind", "source": str(outside), "options": ["bind", "ro"]}


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def await_ready(ground: Ground, ports: dict[str, int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while waiting := [which for which, port in ports.items() if not is_ready(port)]:
        dead = [which for which in waiting if ground.running[which].poll() is not None]
        assert not dead, f"{dead[0]} ended\n{ground.log(dead[0])}"
        assert time.monotonic() < deadline, f"not ready: {waiting}\n{ground.log(waiting[0])}"
        time.sleep(0.5)


def play(ground: Ground) -> None:
    """Who waits for migrations, the jobs, every role, `helm test`, and some roles' end."""
    workloads = of_kind(VALUES, *WORKLOADS)
    waiting = pod_of(next(one for one in workloads if name(one) == "touchline-contact-serve")) or {}
    ground.start("waiting", waiting, waiting["initContainers"][0])
    while "waiting for `python -m services.contact migrate`" not in ground.log("waiting"):
        assert ground.running["waiting"].poll() is None, ground.log("waiting")
        time.sleep(0.2)
    ground.say(ground.log("waiting").strip())
    for one in (jobs := of_kind(VALUES, "Job")):
        spec = pod_of(one) or {}
        ground.start(name(one), spec, spec["containers"][0])
    for which in (*map(name, jobs), "waiting"):
        ground.ended(which)
    ports = {name(one): FIRST_PORT + number for number, one in enumerate(workloads, start=1)}
    for one in workloads:
        spec = pod_of(one) or {}
        ground.start(name(one), spec, spec["containers"][0], ports[name(one)])
    await_ready(ground, ports)
    ground.say(f"{len(ports)} roles are ready")
    (smoke,) = of_kind(VALUES, "Pod")
    ground.start(name(smoke), smoke["spec"], smoke["spec"]["containers"][0])
    ground.ended(name(smoke))
    print(ground.log(name(smoke)), end="", flush=True)
    for which in DRAINED:
        ground.drained(f"touchline-{which}")


def own_var_tmp(folder: Path) -> None:
    """A /var/tmp of our own: where PostgreSQL's data lie, it sweeps away those whose process is not there any more.

    In a process namespace of its own it would find none of the others, and take what they have in use.
    """
    folder.mkdir()
    folder.chmod(0o1777)
    subprocess.run(["mount", "--bind", folder, "/var/tmp"], check=True)


if __name__ == "__main__":
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    own_var_tmp(Path(sys.argv[2]) / "var-tmp")
    on = Ground(sys.argv[1], Path(sys.argv[2]))
    try:
        play(on)
    finally:
        on.close()
