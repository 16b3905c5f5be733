"""Ties this process to its parent, then becomes another program: `python child.py PARENT_PID PROGRAM ARGUMENT...`.

Linux kills it when the thread that started it ends, even by SIGKILL. It is done here, after exec, because nothing but
exec is safe in a child forked from a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(argv[1]):
        sys.exit("the process that started this one is gone")
    os.execv(argv[2], argv[2:])


if __name__ == "__main__":
    main(sys.argv)
