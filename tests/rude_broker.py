"""A broker that acknowledges, but hangs up again and again, losing its last acknowledgements."""

from __future__ import annotations

import socket
import threading
from collections import Counter


class RudeBroker(threading.Thread):
    """Hangs up each time it has read `patience` packets; the last ten go unacknowledged."""

    def __init__(self, patience):
        super().__init__(daemon=True)
        self.patience = patience
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtt://127.0.0.1:{self.listener.getsockname()[1]}"
        self.heard = Counter()  #: payloads
        self.resent = 0

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self, client):
        with client, client.makefile("rb") as stream:
            for count in range(self.patience):
                head = stream.read(1)
                if not head:
                    return
                size = shift = 0
                while True:
                    digit = stream.read(1)[0]
                    size |= (digit & 127) << shift
                    shift += 7
                    if digit < 128:
                        break
                self.answer(client, head[0], stream.read(size), count < self.patience - 10)

    def answer(self, client, head, body, is_kind):
        if head == 0x10:
            client.sendall(b"\x20\x02\x00\x00")
        elif head & 0xF0 == 0x30:
            topic = 2 + int.from_bytes(body[:2])
            self.resent += bool(head & 0x08)
            self.heard[body[topic + 2 :]] += 1
            if is_kind:
                client.sendall(b"\x40\x02" + body[topic : topic + 2])
