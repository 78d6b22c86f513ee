"""The page on which one goes through doubtful readings: `create_app(Review(path))`, on this machine alone."""

import threading
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from digitscope.errors import UsageError
from digitscope.review import doubts, journal, merging
from digitscope.review.crops import Papers
from digitscope.web.local import local_app

PAGE = Path(__file__).parent / "page"
LONGEST = 100  # digits of an answer


class Answer(BaseModel):
    """The answer to one question: the digits, or null where there is nothing to read."""

    key: str
    value: str | None = Field(pattern=rf"^[0-9]{{1,{LONGEST}}}$")


class Taken(BaseModel):
    """The question whose answer is taken back."""

    key: str


class Review:
    """A file's doubtful readings and their answers, which are in the journal as soon as they are given."""

    def __init__(self, path: Path) -> None:
        doubts.kind_of(path)
        self.path = path
        self.journal = journal.Journal(journal.beside(path))
        self.doubts = doubts.found(path, self.journal.identities)
        self.known = {doubt.key: doubt for doubt in self.doubts}
        self.papers = Papers()
        self.lock = threading.Lock()

    @property
    def answers(self) -> merging.Answers:
        """The answers about this file's readings, by their keys."""
        return self.journal.answers(self.doubts)

    def answer(self, key: str, value: str | None) -> None:
        """Keep an answer.

        Raises:
            UsageError: there is no such question, or it asks for one digit.
        """
        doubt = self._known(key)
        if doubt.one_digit and value is not None and len(value) != 1:
            raise UsageError(f"The answer is no digit. Expected one of 0 to 9. Received: value={value!r}")
        with self.lock:
            self.journal.add(doubt, value)

    def take_back(self, key: str) -> None:
        """Forget the answer to a question."""
        self._known(key)
        with self.lock:
            self.journal.take_back(key)

    def crop(self, number: int) -> bytes:
        """What question `number` is about, as a PNG."""
        with self.lock:
            return self.papers.crop(self.doubts[number])

    def finish(self) -> int:
        """Write all answers into the file; returns how many there are."""
        with self.lock:
            return merging.merge(self.path, self.answers)

    def _known(self, key: str) -> doubts.Doubt:
        if key not in self.known:
            raise UsageError(f"There is no such question. Expected one of this file's. Received: key={key!r}")
        return self.known[key]


def create_app(review: Review, *, finished: Callable[[], object]) -> FastAPI:
    """The page and what it asks for. `finished` is called once the page says that all is done."""
    app = local_app("digitscope review", PAGE)

    @app.get("/questions")
    def questions() -> JSONResponse:
        answers = review.answers
        listed = [
            {
                "key": doubt.key,
                "about": doubt.identity,
                "title": doubt.title,
                "path": doubt.path,
                "member": doubt.member,
                "page": doubt.page,
                "alternatives": doubt.alternatives,
                "one_digit": doubt.one_digit,
                "answered": doubt.key in answers,
                "answer": answers.get(doubt.key),
            }
            for doubt in review.doubts
        ]
        return JSONResponse({"file": str(review.path), "questions": listed})

    @app.post("/answers", status_code=204)
    def answer(given: Answer) -> None:
        review.answer(given.key, given.value)

    @app.post("/answers/back", status_code=204)
    def take_back(given: Taken) -> None:
        review.take_back(given.key)

    @app.get("/crops/{number}.png")
    def crop(number: int) -> Response:
        if not 0 <= number < len(review.doubts):
            raise UsageError(f"There is no such question. Expected below {len(review.doubts)}. Received: {number}")
        return Response(review.crop(number), media_type="image/png", headers={"cache-control": "max-age=3600"})

    @app.post("/finish")
    def finish(given: dict[str, str]) -> dict[str, int]:
        count = review.finish()
        finished()
        return {"answers": count}

    return app
