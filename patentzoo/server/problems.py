"""What cannot be done, as an answer: a status and a sentence, never a traceback."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as AnyHTTPException

from patentzoo.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexServerError,
    OutputError,
    PatentZooError,
)
from patentzoo.server.work_queue import BusyError, OvertimeError

logger = logging.getLogger(__name__)

OURS = (IndexDamagedError, IndexMismatchError, IndexServerError, OutputError)
"""What no visitor can help. Its text names folders of this machine, and goes to the log."""
RETRY_S = 2


class Problem(BaseModel):
    """Why a request was not answered."""

    detail: str = Field(description="One sentence.")


Responses = dict[int | str, dict[str, Any]]
TEXTS = {
    400: "What was sent cannot be used.",
    401: "The token is missing or another one.",
    403: "The server takes no changes.",
    404: "There is no such thing.",
    408: "The request did not arrive in time.",
    413: "The request is too large.",
    422: "A field is missing or of another type.",
    503: "The server is busy, or its index cannot be used just now.",
    504: "It took too long.",
}


def problems(*statuses: int) -> Responses:
    """Entries of a route's ``responses``."""
    return {status: {"model": Problem, "description": TEXTS[status]} for status in statuses}


def install_problems(app: FastAPI) -> None:
    """Answer every error by a sentence."""
    app.add_exception_handler(PatentZooError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(AnyHTTPException, _stated)
    app.add_exception_handler(BusyError, _busy)
    app.add_exception_handler(OvertimeError, _overtime)
    app.add_exception_handler(Exception, _unforeseen)


def problem(status: int, text: str, **headers: str) -> JSONResponse:
    """An answer; ``headers`` with a low line for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    # A name a visitor sent may hold half a surrogate pair, which UTF-8 cannot write.
    plain = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return JSONResponse({"detail": plain}, status, headers=named)


def _refused(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, OURS):
        logger.error("%s %s: %s", request.method, request.url.path, error)
        text = "The index cannot be used just now; the server's log says why. Try again."
        return problem(503, text, Retry_After=str(RETRY_S))
    return problem(400, str(error))


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    told = [f"{_place(each['loc'])}: {each['msg']}" for each in error.errors()[:3]]
    return problem(422, "; ".join(told) or "The request cannot be read.")


def _place(names: Any) -> str:
    return ".".join(str(each) for each in names if each not in ("body", "query", "path"))


def _stated(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AnyHTTPException)
    answer = problem(error.status_code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _busy(*_: Any) -> JSONResponse:
    return problem(503, "Too many searches wait. Try again.", Retry_After=str(RETRY_S))


def _overtime(_: Request, error: Exception) -> JSONResponse:
    begun = isinstance(error, OvertimeError) and error.begun
    return problem(504, f"It took too long{', and goes on unseen' if begun else ''}.")


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    logger.error("%s %s", request.method, request.url.path, exc_info=error)
    return problem(500, "The server failed; its log says how.")


def too_large(text: str) -> HTTPException:
    """413; the rest of the request is not read."""
    return HTTPException(413, text, {"Connection": "close"})
