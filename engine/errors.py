"""Errors, named by what the user can do about them. Each carries one clear sentence."""


class CrossingHandsError(Exception):
    """Base of every error the program raises on purpose; its text is fit to be shown to a user.

    It is one line: names out of damaged files may hold anything, so what cannot be printed is
    written as Python writes it in a string.
    """

    def __init__(self, *parts: object) -> None:
        super().__init__(*(_printable(part) if isinstance(part, str) else part for part in parts))


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


class InvalidInputError(CrossingHandsError):
    """A value, option or file content is not usable; the text names the offending field."""


class SourceError(CrossingHandsError):
    """A depth source cannot be opened or read: choose another file or repair it."""


class FrameError(SourceError):
    """One frame of a recording cannot be read; the others may be whole."""


class CameraError(SourceError):
    """No live camera can be opened: plug one in, or free it from another program."""


class ModelError(CrossingHandsError):
    """A model file is missing, damaged or of another version: reinstall or export it again."""


class StreamError(CrossingHandsError):
    """Joints cannot be streamed there: choose another address."""


class ExportError(CrossingHandsError):
    """A result cannot be written: choose another place."""


class MissingExtraError(CrossingHandsError):
    """A library that this use needs is not installed; the text has the command that does it."""


class CancelledError(ExportError):
    """The user ended the work; nothing is left of what it wrote."""


def user_message(doing: str, error: Exception) -> str:
    """What to tell the user about an ``error`` while ``doing`` something."""
    if isinstance(error, CrossingHandsError):
        return with_notes(str(error), error)
    return f"{doing} failed: {type(error).__name__}: {error}"


def with_notes(text: str, error: BaseException) -> str:
    """``text`` and what was noted on ``error`` on its way, such as where unfinished rows lie."""
    return "; ".join([text, *getattr(error, "__notes__", [])])
