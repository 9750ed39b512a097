"""The HTTP server: it ends the live streams first, because it waits for every answer to end."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import uvicorn

from api.app import create_app
from api.live import Live
from api.services import Services


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self.live = live

    @property
    def port(self) -> int:
        """Where it listens, once `started`: with port 0 the system chose."""
        number: int = self.servers[0].sockets[0].getsockname()[1]
        return number

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.live.close()
        await super().shutdown(sockets)


def make_server(
    services: Services, host: str = "127.0.0.1", port: int = 8080, proxies: Sequence[str] = ()
) -> Server:
    """Return a server for `server.run()`, in a thread too; `should_exit = True` stops it.

    Only `proxies` (addresses, networks) are believed in what they say of whom they ask for.
    """
    app = create_app(services)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=5,
    )
    return Server(config, app.state.live)
