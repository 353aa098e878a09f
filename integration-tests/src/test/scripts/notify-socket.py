#!/usr/bin/env python3
"""systemd's end of sd_notify(3): notify-socket.py PATH prints a line "PID MESSAGE" for each datagram, until it is killed.

The PID is the kernel's word on who sent it; a message of several lines has "; " between them.
"""
import socket
import struct
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    listening.bind(sys.argv[1])
    while True:
        message, ancillary, _, _ = listening.recvmsg(4096, socket.CMSG_SPACE(struct.calcsize("3i")))
        pid = struct.unpack("3i", ancillary[0][2])[0]
        print(pid, message.decode().replace("\n", "; "), flush=True)
