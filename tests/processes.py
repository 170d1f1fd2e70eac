"""Processes of ours that start at once: each is forked from one that has imported the application.

A start from nothing takes two seconds of a processor, and journeys start many. That it works as well is shown by
`tests/cli/test_demo.py`, for the command, the web server and the worker.
"""

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from cohort import FEATURES, MODELS, create_app
from cohort.cli import COMMANDS, main
from cohort.config import ROOT
from cohort.mail import claiming, delivery, judging
from cohort.reminders.scheduler import run_worker

for name in ("cohort.application", "cohort.migrating", *MODELS, *FEATURES, *(f"cohort.cli.{one}" for one in COMMANDS)):
    import_module(name)

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def start(
    deed: Callable[..., object],
    *arguments: Any,
    environment: Mapping[str, str],
    output: Path,
    errors: Path | None = None,
) -> BaseProcess:
    """Run `deed` in a process with this environment and nothing else in it; the process must be able to import it."""
    process = _FORKS.Process(target=_do, args=(dict(environment), output, errors or output, deed, arguments))
    process.start()
    return process


def _do(
    environment: dict[str, str], output: Path, errors: Path, deed: Callable[..., object], arguments: Sequence[Any]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for stream, file in ((1, output), (2, errors)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    deed(*arguments)


def command(*arguments: str) -> None:
    """A command of ours as it is typed."""
    main(arguments)


def worker(every: float) -> None:
    """As `cohort worker`, but it looks more often: a journey waits for many mails."""
    run_worker(create_app(), every=every)


def quick_worker(every: float) -> None:
    """The same, and quicker to take up what a killed one left."""
    claiming.LEASE, delivery.RENEW_EVERY = timedelta(seconds=3), 0.5
    judging.ASK_AGAIN_AFTER = timedelta(seconds=1)
    worker(every)
