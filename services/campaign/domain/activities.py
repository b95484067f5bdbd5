"""What an e-mail activity is made of, what a change of it means, and what forbids its launch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# What people read: a change of one of these is a new version.
READ = ("subject_template", "html_template", "text_template", "sender_id", "subscription_topic", "untracked")


class Purpose(StrEnum):
    """What is asked of a person's consent."""

    MARKETING = "MARKETING"


class Planning(StrEnum):
    """How far the planning of an activity is."""

    NONE = "NONE"
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Problem:
    """Something that forbids a launch; `activity` is empty where it is about the campaign."""

    reason: str
    activity: str
    description: str


def is_new_version(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether what people read differs."""
    return any(before[name] != after[name] for name in READ)


def missing(name: str, told: Mapping[str, Any], *, has_verified_sender: bool) -> list[Problem]:
    """What an activity lacks for a launch, by its fields alone; who its people are is asked elsewhere."""
    wanted = (
        (bool(told["include_segments"]), "NO_AUDIENCE", "no segment is included"),
        (told["sender_id"] is not None, "NO_SENDER", "no sender is named"),
        (told["sender_id"] is None or has_verified_sender, "SENDER_NOT_VERIFIED", "the sender is not verified"),
        (bool(told["subscription_topic"]), "NO_SUBSCRIPTION_TOPIC", "no subscription topic is named"),
        (bool(told["subject_template"].strip()), "NO_SUBJECT", "there is no subject"),
        (
            bool((told["html_template"] + told["text_template"]).strip()),
            "NO_CONTENT",
            "there is nothing to read",
        ),
    )
    return [Problem(reason, name, said) for is_there, reason, said in wanted if not is_there]


def told(problems: Sequence[Problem]) -> dict[str, str]:
    """The problems as an error's metadata: all reasons, and those of each activity."""
    by_activity: dict[str, list[str]] = {}
    for each in problems:
        by_activity.setdefault(each.activity, []).append(each.reason)
    metadata = {"problems": ",".join(dict.fromkeys(each.reason for each in problems))}
    return metadata | {f"problems.{name}": ",".join(reasons) for name, reasons in by_activity.items() if name}
