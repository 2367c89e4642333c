"""Telling a service manager that the program is ready, or about to end; nobody hears it elsewhere."""

import os
import socket
from contextlib import suppress


def notify_service_manager(state: str) -> None:
    """Tell systemd, if it started this process and wants to hear.

    Args:
        state: As in "READY=1" and "STOPPING=1".

    Source:
        sd_notify(3), "Notes".
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
        speaker.connect(address)
        speaker.sendall(state.encode())
