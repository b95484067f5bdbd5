"""Sessions: what a cookie is worth, and when it stops."""

import base64
import json
import time
from pathlib import Path

import pytest

from services.console.http.session import Epochs, Sessions

KEY = b"a key of thirty-two bytes or more"


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(KEY, Epochs(tmp_path / "epochs.json"))


def test_a_cookie_gives_back_its_session(sessions):
    session = sessions.log_in("jana", "Europe/Prague")
    assert sessions.read(sessions.write(session)) == session


@pytest.mark.parametrize("cookie", ["", "x", ".", "a.b", "e30=.", "\x00.\xff", "é.é", "x" * 5_000])
def test_what_is_no_cookie_of_ours_is_no_session(sessions, cookie):
    assert sessions.read(cookie) is None


def test_a_cookie_of_another_version_of_the_console_is_no_session_and_no_error(sessions):
    """While both are running, or after a roll-back: who has it logs in again."""
    other = {"id": "x", "user": "jana", "expires": int(time.time()) + 600, "from_tomorrow": True}
    body = base64.urlsafe_b64encode(json.dumps(other).encode()).decode()
    assert sessions.read(f"{body}.{sessions._sign(body)}") is None


def test_a_changed_cookie_is_worth_nothing(sessions):
    body, _, signature = sessions.write(sessions.log_in("tomas", "UTC")).rpartition(".")
    other = sessions.write(sessions.log_in("adam", "UTC")).rpartition(".")[0]
    assert sessions.read(f"{other}.{signature}") is None
    assert sessions.read(f"{body}.{signature[:-2]}AA") is None


def test_a_cookie_of_another_installation_is_worth_nothing(sessions, tmp_path):
    other = Sessions(b"another key, also long enough, yes", Epochs(tmp_path / "other.json"))
    assert sessions.read(other.write(other.log_in("jana", "UTC"))) is None


def test_a_session_ends_after_its_time(sessions, monkeypatch):
    cookie = sessions.write(sessions.log_in("jana", "UTC"))
    later = time.time() + 13 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert sessions.read(cookie) is None


def test_raising_the_epoch_ends_every_session_of_that_person_also_after_a_restart(sessions, tmp_path):
    jana, mira = sessions.write(sessions.log_in("jana", "UTC")), sessions.write(sessions.log_in("mira", "UTC"))
    sessions.epochs.raise_for("jana")
    again = Sessions(KEY, Epochs(tmp_path / "epochs.json"))
    assert sessions.read(jana) is None
    assert again.read(jana) is None
    assert again.read(mira) is not None


def test_a_log_in_never_keeps_the_session_that_was_there_before(sessions):
    planted = sessions.start()
    session = sessions.log_in("jana", "UTC")
    assert session.id != planted.id
    assert not sessions.is_ours(session, sessions.csrf(planted))
    assert sessions.is_ours(session, sessions.csrf(session))
