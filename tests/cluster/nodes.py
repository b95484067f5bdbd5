"""A node: its own network and mounts, in which containerd, the kubelet and kube-proxy run."""

import json
import os
import subprocess
from pathlib import Path

import yaml

from tests.cluster.programs import ADDRESS, ALL_PODS, DOMAIN, NODES, PODS, Programs, run, until

BRIDGE = "touchline"
SOCKET = "/run/containerd/containerd.sock"
PAUSE = "localhost/pause:1"
CONTAINERD = """version = 2
root = "{folder}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs"]
[plugins."io.containerd.internal.v1.opt"]
path = "{folder}/opt"
[grpc]
address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{folder}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""
# The node's own mounts: nobody else's containers, and no file outside of its folder.
MOUNTS = """set -e
for folder in /run /var/log /var/lib/kubelet /var/lib/cni; do
    mkdir -p $folder
    mount -t tmpfs tmpfs $folder
done
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link set lo up
ip address add {address}/24 dev eth0
ip link set eth0 up
ip route add default via {gateway}
"""
# What begins a connection of a pod is put before kube-network-policies; what the node itself begins (probes) is not.
# It would say so by nftables, but its expression for queues is in fewer kernels than that of iptables.
QUEUED = """set -e
rule() { iptables --table mangle --append POSTROUTING "$@"; }
rule --match owner --uid-owner 0 --jump ACCEPT
rule --match conntrack --ctstate ESTABLISHED,RELATED --jump ACCEPT
rule --source {pods} --jump NFQUEUE --queue-num 100
rule --destination {pods} --jump NFQUEUE --queue-num 100
"""


def lay_bridge() -> None:
    """The network between the nodes, the control plane and us."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "address", "add", f"{ADDRESS}/24", "dev", BRIDGE)
    run("ip", "link", "set", BRIDGE, "up")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    for name, address in NODES.items():
        run("ip", "route", "add", PODS[name], "via", address)


def weigh_pods() -> None:
    """Let all pods together weigh as sixteen processes, not as one: else probes fail while anything else runs here."""
    group = Path("/sys/fs/cgroup/cpu/k8s.io")
    if (group.parent / "cpu.shares").exists():
        group.mkdir(exist_ok=True)
        (group / "cpu.shares").write_text(str(16 * 1024))


class Node:
    """One machine of the cluster."""

    def __init__(self, name: str, folder: Path, kubeconfig: Path) -> None:
        self.name, self.address, self.kubeconfig = name, NODES[name], kubeconfig
        self.folder = folder / name
        self.programs = Programs(self.folder)

    def start(self) -> "Node":
        self._lay()
        self._write_files()
        self.programs.start("containerd", "containerd", "--config", self.folder / "containerd.toml", within=self.within)
        self.programs.await_start("containerd", lambda: self.ctr("version", check=False) == 0)
        return self

    def load(self, *archives: Path) -> None:
        """Bring images onto the node."""
        for archive in archives:
            assert self.ctr("--namespace", "k8s.io", "images", "import", archive) == 0

    def join(self) -> None:
        """Begin to run pods."""
        config = ("--kubeconfig", self.kubeconfig, f"--hostname-override={self.name}")
        self.programs.start(
            "kubelet", "kubelet", *config, "--config", self.folder / "kubelet.yaml", "--node-ip", self.address,
            "--root-dir", self.folder / "kubelet", within=self.within,
        )  # fmt: skip
        self.programs.start(
            "kube-proxy", "kube-proxy", *config, "--proxy-mode=iptables", f"--cluster-cidr={ALL_PODS}",
            "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0s",
            "--conntrack-tcp-timeout-close-wait=0s", within=self.within,
        )  # fmt: skip

        run(*self.within, "sh", said=QUEUED.replace("{pods}", ALL_PODS))
        name = "kube-network-policies"
        self.programs.start(name, name, self.kubeconfig, self.name, within=self.within)

    def ctr(self, *arguments: str | Path, check: bool = True) -> int:
        command = [*self.within, "ctr", "--address", SOCKET, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, done.stderr
        return done.returncode

    @property
    def within(self) -> list[str]:
        """What goes before a command that runs on this node."""
        return ["nsenter", "--target", str(self.programs.running["machine"].pid), "--mount", "--net", "--"]

    def stop(self) -> None:
        """Kill what runs on it, pods too: the shims of containers outlive containerd, as they should."""
        for name in ("kubelet", "kube-proxy", "kube-network-policies"):
            if name in self.programs.running:
                self.programs.running[name].kill()
        self.programs.stop()

    def _lay(self) -> None:
        machine = self.programs.start("machine", "unshare", "--mount", "--net", "sleep", "infinity")
        here = os.stat("/proc/self/ns/net").st_ino
        until(lambda: os.stat(f"/proc/{machine.pid}/ns/net").st_ino != here, "a namespace")
        outside = f"to-{self.name}"
        command = ("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", str(machine.pid))
        run(*command)
        run("ip", "link", "set", outside, "master", BRIDGE, "up")
        others = [f"ip route add {PODS[name]} via {at}\n" for name, at in NODES.items() if name != self.name]
        run(*self.within, "sh", said=MOUNTS.format(address=self.address, gateway=ADDRESS) + "".join(others))

    def _write_files(self) -> None:
        (self.folder / "cni").mkdir()
        told = CONTAINERD.format(folder=self.folder, socket=SOCKET, pause=PAUSE)
        (self.folder / "containerd.toml").write_text(told)
        (self.folder / "cni" / "10-bridge.conflist").write_text(json.dumps(self._network()))
        (self.folder / "kubelet.yaml").write_text(yaml.safe_dump(self._kubelet()))

    def _network(self) -> dict[str, object]:
        ipam = {
            "type": "host-local",
            "dataDir": str(self.folder / "addresses"),
            "ranges": [[{"subnet": PODS[self.name]}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True, "ipam": ipam}
        portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
        return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge, portmap]}

    def _kubelet(self) -> dict[str, object]:
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "containerRuntimeEndpoint": f"unix://{SOCKET}",
            "cgroupDriver": "cgroupfs",
            "cgroupsPerQOS": False,
            "enforceNodeAllocatable": [],
            "failCgroupV1": False,
            "failSwapOn": False,
            "localStorageCapacityIsolation": False,
            "clusterDNS": [ADDRESS],
            "clusterDomain": DOMAIN,
            "syncFrequency": "15s",  # of Secrets that changed, too
            "volumePluginDir": str(self.folder / "plugins"),
            "podLogsDir": str(self.folder / "pods"),
            "evictionHard": {"memory.available": "100Mi"},
            "imageGCHighThresholdPercent": 100,
        }
