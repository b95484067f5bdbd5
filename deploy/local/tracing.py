"""The collector of spans, as a child process of the local stack; what it does stands in collector.py."""

from pathlib import Path

from chassis.config import Settings

from deploy.local.companion import Companion


class Tracing(Companion):
    """Takes spans and shows traces."""

    def __init__(self, settings: Settings, logs: Path) -> None:
        ports = [str(settings.port_otlp), str(settings.port_traces)]
        told = [settings.host, *ports, settings.state / "traces"]
        super().__init__("deploy.local.collector", told, port=settings.port_traces, log=logs / "collector.log")
