"""The language host of one command: runs the program of a checkout for the engine, as Pulumi's own host does.

`python -m tests.rehearsal.host PROGRAM [FOLDER...]`, with further folders to import from, prints the port on which
`pulumi --client` finds it, and serves until its input ends. Pulumi's own host is a program beside the command; a
machine that has built the command alone has none.
"""

import asyncio
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pulumi
from pulumi.runtime import reset_options, run_in_stack, set_all_config
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

# The status of a program that has told its user what is wrong: the engine adds nothing to it.
SAID = 32
THREADS = 64


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs `__main__.py` below `root` once, in the process that serves."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def Handshake(self, request: Any, context: Any) -> Any:
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo()

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPackagesResponse()

    def Run(self, request: Any, context: Any) -> Any:
        reset_options(
            project=request.project,
            monitor_address=request.monitor_address,
            engine_address=request.args[0],
            stack=request.stack,
            parallel=request.parallel,
            preview=request.dryRun,
            organization=request.organization,
            root_directory=str(self._root),
        )
        set_all_config(dict(request.config), list(request.configSecretKeys))
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.set_default_executor(ThreadPoolExecutor(THREADS))
        try:
            loop.run_until_complete(run_in_stack(self._program))
        except pulumi.RunError as error:
            pulumi.log.error(str(error))
            return language_pb2.RunResponse(error="the program ended with status 1")
        except SystemExit as ended:
            if ended.code == SAID:
                return language_pb2.RunResponse(bail=True)
            return language_pb2.RunResponse(error=f"the program ended with status {ended.code}")
        except Exception:
            pulumi.log.error(f"Program failed with an unhandled exception:\n{traceback.format_exc()}")
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse()

    def _program(self) -> None:
        runpy.run_path(str(self._root / "__main__.py"), run_name="__main__")


def main(root: Path, *folders: str) -> None:
    """Serve until the input ends, where the program's own output goes."""
    # A program that stops leaves futures behind that nobody looks at.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    # What the program imports is its own checkout's.
    sys.path[:1] = [str(root), *folders]
    os.chdir(root)
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(root), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    # Threads of a program that has stopped would keep the process.
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
