"""Listening sockets that a server is given."""

from __future__ import annotations

from pathlib import Path

from aiohttp import ClientSession

from tests.kit.deploys import free_port, written
from tests.kit.outside import launched
from tests.kit.peer import call, sid

SYSTEMD = """
import os, socket, sys
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
print("LISTENS", file=sys.stderr, flush=True)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


async def test_a_socket_of_systemd_is_used(tmp_path: Path) -> None:
    """A call that comes before the server is up waits in its queue, and is answered."""
    path, port = str(written(tmp_path)), str(free_port())
    serve = ("run.py", "serve", path, "--port", port, "--admin", "off")
    async with launched("-c", SYSTEMD, port, *serve) as server, ClientSession() as session:
        server.url = f"http://127.0.0.1:{port}"
        await server.says("LISTENS")
        async with call(server, session, sid(1)) as peer:
            await peer.talks(2)
