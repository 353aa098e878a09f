#!/usr/bin/env python3
"""Runs a program at a terminal of its own, 30 lines of 100 columns: in-terminal.py PROGRAM ARGUMENT...

What comes on standard input is typed, what the program shows goes to standard output, and its exit status is this one's. When
standard input ends before, the terminal is hung up.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios

LINES, COLUMNS = 30, 100

child, terminal = pty.fork()
if child == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

sources = [terminal, sys.stdin.fileno()]
while terminal in sources:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:  # EIO: the program has closed its terminal
            data = b""
        if not data:
            sources.remove(terminal)
        elif source == terminal:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            os.write(terminal, data)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
