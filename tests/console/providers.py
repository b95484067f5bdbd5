"""The provider of tests as a process of its own, and what it is told to say instead of the truth."""

import os
import subprocess
import sys
from typing import Any

import httpx

from deploy.local.children import free_port
from tests.console.openid import SECRET
from tests.flows.system import eventually

CONSOLE = "http://127.0.0.1:8080"


class Provider:
    """The provider's process."""

    def __init__(self, console: str = CONSOLE) -> None:
        self.console, self.port = console, free_port()
        self.issuer = f"http://localhost:{self.port}"
        command = [sys.executable, "-m", "tests.console.openid", str(self.port), console]
        environment = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self.answers)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.issuer}/jwks").status_code == 200
        except httpx.HTTPError:
            return False

    def forge(self, **said: Any) -> dict[str, Any]:
        """What it is to say instead of the truth; what was asked of it so far."""
        return httpx.post(f"{self.issuer}/forge", json=said).json()

    def service_token(self, service: str) -> str:
        """A token of a service's own, by its client credentials."""
        told = {"grant_type": "client_credentials", "scope": "api"}
        answer = httpx.post(f"{self.issuer}/token", data=told, auth=(f"services/{service}", SECRET))
        return answer.json()["access_token"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
