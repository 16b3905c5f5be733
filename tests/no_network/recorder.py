"""Runs a command without a network, and writes down what it tried to send: `recorder.py FILE COMMAND...`.

To be run inside a new network namespace (`unshare --net`). What would leave this machine goes to an interface behind
which there is nothing. Each packet there, and each to a name server anywhere, becomes a line of FILE. The exit status
is the command's. Standard library only.
"""

import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

# https://www.kernel.org/doc/html/latest/networking/packet_mmap.html; ETH_P_ALL takes every protocol.
ETH_P_ALL, ETH_P_IP = 0x0003, 0x0800
DNS = 53
SET_UP = (
    "link set lo up",
    "link add away type veth peer name nobody",
    "link set nobody up",
    "address add 198.51.100.2/24 dev away",
    "link set away up",
    "route add default via 198.51.100.1",
    # So that packets are sent, and not only questions who that is.
    "neighbour add 198.51.100.1 lladdr 02:00:00:00:00:01 dev away",
)


def record(packets: socket.socket, lines: list[str]) -> None:
    """Note what goes out, until the socket is closed."""
    while True:
        try:
            frame, (interface, protocol, *_) = packets.recvfrom(65_535)
        except OSError:
            return
        port = _destination_port(frame) if protocol == ETH_P_IP else None
        # The kernel announces an interface by itself, in IPv6.
        if port == DNS or (interface != "lo" and protocol != 0x86DD):
            lines.append(f"{interface} protocol {protocol:#06x} port {port} {frame[14:80].hex()}")


def _destination_port(frame: bytes) -> int | None:
    """Return where an Ethernet frame with a packet of IPv4 is for, if it is one of TCP or UDP."""
    header = 14 + (frame[14] & 0x0F) * 4
    is_ported = frame[23] in (socket.IPPROTO_TCP, socket.IPPROTO_UDP)
    return int(struct.unpack_from("!H", frame, header + 2)[0]) if is_ported else None


def main(file: Path, command: list[str]) -> int:
    """Run the command in this namespace; return its exit status."""
    for words in SET_UP:
        subprocess.run(["ip", *words.split()], check=True)
    lines: list[str] = []
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    packets.settimeout(None)
    threading.Thread(target=record, args=(packets, lines), daemon=True).start()
    status = subprocess.run(command, check=False).returncode
    file.write_text("".join(f"{line}\n" for line in lines))
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
