"""The admission gate: when its places are taken, the next request is told to come back, and health is let in."""

from threading import Event, Thread
from typing import Any

from cohort.admission import Admission


def answer(gate: Admission, path: str) -> str:
    seen: list[str] = []
    list(gate({"PATH_INFO": path}, lambda status, _headers: seen.append(status)))
    return seen[0]


def test_full_house_answers_503_and_still_says_that_it_is_alive() -> None:
    inside, leave = Event(), Event()

    def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/slow":
            inside.set()
            leave.wait(10)
        start_response("200 OK", [])
        return [b""]

    gate = Admission(slow, at_once=1)
    guest = Thread(target=answer, args=(gate, "/slow"))
    guest.start()
    inside.wait(10)
    try:
        assert answer(gate, "/page") == "503 Service Unavailable"
        assert answer(gate, "/health") == "200 OK"
    finally:
        leave.set()
        guest.join()
    assert answer(gate, "/page") == "200 OK"
