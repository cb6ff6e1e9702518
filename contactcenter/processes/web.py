"""One web process: pages, API and sockets, on the listening socket that the supervisor opened.

Several of them share that socket, so a restarted process loses no connection that waits in it.
"""

import argparse
import socket

import uvicorn

from contactcenter.processes.parent import follow_parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    arguments = parser.parse_args()
    follow_parent()
    config = uvicorn.Config(
        "contactcenter.asgi:application",
        access_log=False,  # requests are logged by the application, without query strings
        log_config=None,
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        server_header=False,
        proxy_headers=True,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        backlog=1024,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=arguments.fd)])


if __name__ == "__main__":
    main()
