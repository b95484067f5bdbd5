"""The sandbox mail server and its inbox, as a child process of the local stack; what it does stands in mailbox.py."""

from pathlib import Path

from chassis.config import Settings

from deploy.local.companion import Companion


class Sandbox(Companion):
    """Takes mails and shows them."""

    def __init__(self, settings: Settings, logs: Path) -> None:
        told: list[str | Path] = [settings.host, str(settings.port_smtp), str(settings.port_inbox)]
        told += [settings.state / "inbox", *(["--refuses"] if settings.sandbox_refuses else [])]
        super().__init__("deploy.local.mailbox", told, port=settings.port_inbox, log=logs / "sandbox.log")
