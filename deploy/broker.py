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
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

READY_WITHIN = 20.0  #: [s]
STOP_WITHIN = 10.0  #: [s]
SOURCE = Path(__file__).parent.parent

# mosquitto's own limit of 20 messages in flight throttles a receiver that acknowledges after a
# commit; its own queue limit of 1,000 drops messages while we are away. It writes its queue to
# disk when it stops, and every few seconds: what dies with a killed broker is what devices sent
# in these seconds and we had not received.
CONFIGURATION = """\
listener {port} 127.0.0.1
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
ANYONE = "allow_anonymous true\n"
# Files of `deploy.admission`. Devices come in by a door of their own: there a session has the
# name that was proven, so that no device can take over another's, or ours.
BY_NAME = """\
allow_anonymous false
password_file {passwords}
acl_file {acl}
listener {port} {host}
use_username_as_clientid true
"""
BY_TLS = "certfile {certificate}\nkeyfile {key}\ntls_version tlsv1.2\n"
BY_CERTIFICATE = "cafile {ca}\nrequire_certificate true\nuse_identity_as_username true\n"


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where devices come in and how they prove who they are; files of TLS only where it is."""

    host: str
    port: int
    prove: Literal["password", "certificate"]
    passwords: Path
    acl: Path
    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None

    def configuration(self) -> str:
        """Return the lines of mosquitto's configuration."""
        text = BY_NAME.format(
            passwords=self.passwords.resolve(),
            acl=self.acl.resolve(),
            host=self.host,
            port=self.port,
        )
        if self.certificate is not None and self.key is not None:
            text += BY_TLS.format(certificate=self.certificate.resolve(), key=self.key.resolve())
        if self.prove == "certificate" and self.ca is not None:
            text += BY_CERTIFICATE.format(ca=self.ca.resolve())
        return text


class BrokerFailed(Exception):
    """The broker does not start. ``args[0]`` says what it said."""


@dataclass(frozen=True, slots=True)
class Broker:
    program: str
    url: str
    pid: int
    entrance: Entrance | None = None

    @property
    def door(self) -> str:
        """URL for devices; ours is `url`."""
        if self.entrance is None:
            return self.url
        scheme = "mqtt" if self.entrance.certificate is None else "mqtts"
        return f"{scheme}://{self.entrance.host}:{self.entrance.port}"

    def read_again(self) -> None:
        """Have the broker read anew who may come in, and close to those who no longer may."""
        with suppress(ProcessLookupError):  # the next one reads them when it starts
            os.kill(self.pid, signal.SIGHUP)

    def stop(self) -> None:
        """End the broker; it keeps sessions where it can (mosquitto)."""
        _end(self.pid)


def start_broker(
    folder: Path, port: int = 0, prefer: str | None = None, entrance: Entrance | None = None
) -> Broker:
    """Start a broker on loopback that keeps its sessions in `folder`; port 0 is any free one.

    With an `entrance` devices come in there, by name, and loopback is ours.

    A broker that an earlier run of ours left in `folder`, because it was killed, is ended
    first, so that its queue goes to disk and nothing else holds the port. `prefer` is
    "mosquitto" or "amqtt"; without it the better one that is here.

    Raises
    ------
    BrokerFailed
        A port is taken, or the program does not start, or cannot do what `entrance` wants.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    _end_former(folder)
    port = _free_port(port)
    if entrance is not None:
        entrance = replace(entrance, port=_free_port(entrance.port, entrance.host))
    mosquitto = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    program = prefer or ("mosquitto" if mosquitto else "amqtt")
    if program == "mosquitto":
        file = folder / "mosquitto.conf"
        text = CONFIGURATION.format(port=port, folder=folder, user=getpass.getuser())
        text += ANYONE if entrance is None else entrance.configuration()
        file.write_text(text, encoding="utf-8")
        command = [mosquitto or "mosquitto", "-c", str(file)]
    else:
        command = [sys.executable, "-m", "deploy.amqtt_broker", "--port", str(port)]
        command += [] if entrance is None else _amqtt_options(entrance)
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
    return Broker(program, f"mqtt://127.0.0.1:{port}", process.pid, entrance)


def _amqtt_options(entrance: Entrance) -> list[str]:
    if entrance.prove == "certificate" or entrance.certificate is not None:
        raise BrokerFailed("TLS needs the program mosquitto, which is not on the PATH: install it")
    return [
        *("--host", entrance.host, "--door", str(entrance.port)),
        *("--passwords", str(entrance.passwords.resolve()), "--acl", str(entrance.acl.resolve())),
    ]


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


def _free_port(port: int, host: str = "127.0.0.1") -> int:
    """Return `port`, or any free one for 0; were it taken, another broker would answer."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as why:
            raise BrokerFailed(f"port {port} of this machine is taken: {why}") from why
        free: int = probe.getsockname()[1]
    return free
