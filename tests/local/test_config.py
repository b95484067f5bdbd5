"""Settings: secrets come from files, are read again when they change, and never stand in a URL."""

from pathlib import Path

import pytest
from chassis.config import Settings
from pydantic import ValidationError


def test_the_environment_is_read_with_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_PORT_CONSOLE", "9000")
    assert Settings.load().port_console == 9000
    assert Settings.load(port_console=9001).port_console == 9001, "what is given goes before the environment"


def test_each_service_has_its_database_and_its_password_file(tmp_path: Path) -> None:
    (tmp_path / "contact.password").write_text("first/one\n")
    settings = Settings(
        database_url="postgresql://{service}@db:5433/touchline_{service}",
        database_password_file=str(tmp_path / "{service}.password"),
    ).for_role("contact", "serve")
    assert settings.database == "postgresql://contact@db:5433/touchline_contact"
    assert settings.database_dsn() == "postgresql://contact:first%2Fone@db:5433/touchline_contact"
    (tmp_path / "contact.password").write_text("second")
    assert settings.database_password() == "second", "the file is read at each connect"


def test_a_password_in_the_url_is_refused() -> None:
    with pytest.raises(ValidationError, match="PASSWORD_FILE"):
        Settings(database_url="postgresql://contact:secret@db/touchline_contact")


@pytest.mark.parametrize("region", ["", "Germany", "de", "XX", "EN"])
def test_a_region_that_is_no_country_is_refused_in_a_sentence(region: str) -> None:
    with pytest.raises(ValidationError, match=f"TOUCHLINE_REGION is '{region}'; it has to be an ISO 3166 country code"):
        Settings(region=region)


def test_the_region_is_germany_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().region == "DE"
    monkeypatch.setenv("TOUCHLINE_REGION", "FR")
    assert Settings.load().region == "FR"


def test_development_secrets_are_refused_in_production(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="TOUCHLINE_DEVELOPMENT"):
        Settings(token_key_file=str(tmp_path / "token.key"))


def test_keys_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "identity.key").write_bytes(b"0123\n")
    assert Settings(identity_key_file=str(tmp_path / "identity.key")).identity_key() == b"0123"
    with pytest.raises(ValueError, match="TOUCHLINE_IDENTITY_KEY_FILE is not set"):
        Settings().identity_key()


def test_services_find_each_other_by_host_and_port() -> None:
    assert Settings().target("interaction") == "127.0.0.1:7104"
    assert Settings(host_contact="contact.touchline").target("contact") == "contact.touchline:7101"
