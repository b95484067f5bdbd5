"""Ways into a cluster whose pods this machine does not reach: `kubectl port-forward`, begun anew whenever it ends."""

import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.local.children import free_port


class Forwards:
    """A local port for each Service; calls on it reach one of its pods, another one when that is gone."""

    def __init__(self, kubectl: Callable[..., list[str | Path]], services: Mapping[str, int]) -> None:
        self._kubectl = kubectl
        self.ports = {service: free_port() for service in services}
        self._services = services
        self._ended = threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._threads = [threading.Thread(target=self._keep, args=(one,), daemon=True) for one in self._services]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for process in list(self._running.values()):
            process.terminate()
        for thread in self._threads:
            thread.join(10)

    def _keep(self, service: str) -> None:
        where = f"{self.ports[service]}:{self._services[service]}"
        while not self._ended.wait(0.2):
            command = self._kubectl("port-forward", f"service/{service}", where)
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self._running[service] = process
            process.wait()
