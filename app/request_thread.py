"""A thread that answers requests with pictures: the newest first, older ones are forgotten.

caller --request()--> Mailbox (newest wins) --> thread: ``_run`` of a subclass
caller <--pictures--- Mailbox (newest wins) <--
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from engine.mailbox import Mailbox

Request = TypeVar("Request")
Picture = TypeVar("Picture")


class RequestThread(ABC, Generic[Request, Picture]):
    """What views and controllers see of such a thread. Any thread may call any method."""

    def __init__(self, name: str) -> None:
        self.pictures: Mailbox[Picture] = Mailbox()
        self._requests: Mailbox[Request] = Mailbox()
        self._failure: str | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread, which first makes what it needs."""
        self._thread.start()

    @property
    def failure(self) -> str | None:
        """Why no more pictures will come, in words; None while they do."""
        return self._failure

    def request(self, request: Request) -> None:
        """Ask for a picture; one that was not begun yet is replaced."""
        self._requests.put(request)

    def close(self, timeout_s: float = 3.0) -> None:
        """End the thread and what it made; safe to call in any state."""
        self._requests.close()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    @abstractmethod
    def _run(self) -> None:
        """Answer requests until their mailbox is closed; a failure goes into ``_failure``."""
