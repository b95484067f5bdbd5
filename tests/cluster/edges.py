"""NetworkPolicies as a program on each node enforces them: who may not call somebody gets no answer."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from tests.cluster.programs import ADDRESS, NAMESPACE, PORTS, RELEASE, until
from tests.cluster.release import Release

STRANGER = "stranger"  # a pod of the same namespace that is none of ours: nothing keeps it from calling
SECONDS = 6  # in which the first packet is sent three times
KAFKA, POSTGRES = 9102, 5432
CONNECT = """import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout={seconds}).close()
    print("reached")
except TimeoutError:
    print("no answer")
"""


class Edge(NamedTuple):
    """From a role, or the stranger, to a host and port."""

    caller: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.caller} → {self.host.removeprefix(f'{RELEASE}-').removesuffix('-headless')}:{self.port}"


def to_service(caller: str, service: str) -> Edge:
    return Edge(caller, f"{RELEASE}-{service}-headless", PORTS[service])


# For each API somebody who needs it: else no answer could have other reasons.
ALLOWED = (
    to_service("segmentation-consume", "contact"),
    to_service("contact-serve", "segmentation"),
    to_service("interaction-serve", "campaign"),
    to_service("campaign-work", "interaction"),
    Edge("contact-work", ADDRESS, POSTGRES),
    Edge("campaign-work", ADDRESS, KAFKA),
)
# For each service a way that its role has no need of.
DENIED = (
    to_service("contact-work", "interaction"),
    to_service("segmentation-serve", "contact"),
    Edge("segmentation-serve", ADDRESS, KAFKA),
    to_service("campaign-send", "interaction"),
    to_service("interaction-publish", "campaign"),
    Edge("interaction-edge", ADDRESS, POSTGRES),
    Edge("console-serve", ADDRESS, POSTGRES),
    *(to_service(STRANGER, service) for service in PORTS),
    Edge(STRANGER, f"{RELEASE}-contact-headless", 9100),
)


def denied(release: Release) -> str:
    """Each allowed edge leads somewhere, each other one nowhere."""
    release.apply(stranger(release.place()["image"]))
    try:
        release.kubectl("wait", "--for=condition=Ready", f"pod/{STRANGER}", "--timeout=180s")
        for edge in ALLOWED:
            until(lambda edge=edge: _answer(release, edge) == "reached", f"{edge} is allowed and reached", 120)
        with ThreadPoolExecutor(4) as several:
            answers = list(several.map(lambda edge: _answer(release, edge), DENIED))
    finally:
        release.kubectl("delete", "pod", STRANGER, "--now", "--wait=false")
    open_ = [str(edge) for edge, answer in zip(DENIED, answers, strict=True) if answer != "no answer"]
    assert not open_, f"not denied: {', '.join(open_)}"
    return f"{len(ALLOWED)} edges that roles need lead there; no answer on {', '.join(map(str, DENIED))}"


def _answer(release: Release, edge: Edge) -> str:
    """What a socket of the caller finds."""
    name = STRANGER if edge.caller == STRANGER else release.pods(edge.caller)[0]["metadata"]["name"]
    look = ("python", "-c", CONNECT.format(seconds=SECONDS), edge.host, str(edge.port))
    return release.kubectl("exec", name, "--", *look).strip()


def stranger(image: dict[str, Any], name: str = STRANGER, tag: str = "new") -> dict[str, Any]:
    """A pod that waits, under the restricted level."""
    container = {
        "name": name,
        "image": f"{image['repository']}:{tag}",
        "imagePullPolicy": image["pullPolicy"],
        "command": ["python", "-c", "import signal; signal.pause()"],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": spec,
    }
