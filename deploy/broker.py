"""The embedded broker: mosquitto where it is on the PATH, else amqtt, as a child process."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

READY_WITHIN = 20.0  #: [s]
STOP_WITHIN = 10.0  #: [s]
SOURCE = Path(__file__).parent.parent

# mosquitto's own limit of 20 messages in flight throttles a receiver that acknowledges after a
# commit; its own queue limit of 1,000 drops messages while we are away. It writes its queue to
# disk when it stops, and every few seconds: what dies with a killed broker is what devices sent
# in these seconds and we had not received.
CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
user {user}
persistence true
persistence_location {folder}/
autosave_interval 5
max_inflight_messages 20000
max_queued_messages 0
max_packet_size 8388608
set_tcp_nodelay true
sys_interval 0
log_dest file {folder}/mosquitto.log
log_type error
log_type warning
"""


class BrokerFailed(Exception):
    """The broker does not start. ``args[0]`` says what it said."""


@dataclass(frozen=True, slots=True)
class Broker:
    program: str
    url: str
    pid: int

    def stop(self) -> None:
        """End the broker; it keeps sessions where it can (mosquitto)."""
        _end(self.pid)


def start_broker(folder: Path, port: int = 0, prefer: str | None = None) -> Broker:
    """Start a broker on loopback that keeps its sessions in `folder`; port 0 is any free one.

    A broker that an earlier run of ours left in `folder`, because it was killed, is ended
    first, so that its queue goes to disk and nothing else holds the port. `prefer` is
    "mosquitto" or "amqtt"; without it the better one that is here.

    Raises
    ------
    BrokerFailed
        The port is taken, or the program does not start.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    _end_former(folder)
    port = _free_port(port)
    mosquitto = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    program = prefer or ("mosquitto" if mosquitto else "amqtt")
    if program == "mosquitto":
        file = folder / "mosquitto.conf"
        file.write_text(
            CONFIGURATION.format(port=port, folder=folder, user=getpass.getuser()), encoding="utf-8"
        )
        command = [mosquitto or "mosquitto", "-c", str(file)]
    else:
        command = [sys.executable, "-m", "deploy.amqtt_broker", "--port", str(port)]
    with (folder / "broker.log").open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=SOURCE,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us: the broker goes last
        )
    note = {"pid": process.pid, "command": command}
    (folder / "broker.json").write_text(json.dumps(note), encoding="utf-8")
    _wait_until_ready(process, port, folder)
    return Broker(program, f"mqtt://127.0.0.1:{port}", process.pid)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    process.kill()
    said = (folder / "broker.log").read_text(errors="replace")[-500:]
    raise BrokerFailed(f"the broker does not start on port {port}: {said.strip() or 'no word'}")


def _end_former(folder: Path) -> None:
    try:
        note = json.loads((folder / "broker.json").read_text(encoding="utf-8"))
        running = Path(f"/proc/{note['pid']}/cmdline").read_bytes().decode(errors="replace")
    except (OSError, ValueError):
        return
    if running.rstrip("\0").split("\0") == note["command"]:  # else the number is another's by now
        _end(note["pid"])


def _end(pid: int) -> None:
    until = time.monotonic() + STOP_WITHIN
    sign = signal.SIGTERM
    while _lives(pid):
        os.kill(pid, sign)
        while _lives(pid) and time.monotonic() < until:
            time.sleep(0.02)
        sign, until = signal.SIGKILL, time.monotonic() + STOP_WITHIN


def _lives(pid: int) -> bool:
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass  # a child of a process that is gone, or gone itself
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _free_port(port: int) -> int:
    """Return `port`, or any free one for 0; were it taken, another broker would answer."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as why:
            raise BrokerFailed(f"port {port} of this machine is taken: {why}") from why
        free: int = probe.getsockname()[1]
    return free
