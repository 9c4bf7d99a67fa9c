"""Seeded damage to bytes, JSON, PNG and SQLite files: what a fuzzing run feeds to the readers."""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, Final
from xml.etree import ElementTree as ET

_EXTREMES: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF)
_WIDE_EXTREMES: Final = (2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)
_HEAD_BYTES: Final = 512
_TAIL_BYTES: Final = 4096
_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 10**400, -0.0, 0.5, 1e-300, 1e300, -1e300,
    float("nan"), float("inf"), float("-inf"), "", "0", "nan", "\0", "../../etc/passwd",
    "/dev/zero", "x" * 5000, "\ud800", [], {}, [None], [[1.0]], {"a": 1},
)  # fmt: skip
"""Values of a wrong type or of an impossible size."""


# -- bytes -------------------------------------------------------------------------------------


def damaged(content: bytes, random: Random) -> bytes:
    """``content`` with one to four places damaged."""
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        random.choice(_DAMAGES)(data, random)
    return bytes(data)


def _place(data: bytearray, random: Random) -> int:
    """A place in ``data``: often near its beginning or end, where headers and indexes lie."""
    size = max(len(data), 1)
    where = random.random()
    if where < 0.35:
        return random.randrange(min(size, _HEAD_BYTES))
    if where < 0.6:
        return random.randrange(max(0, size - _TAIL_BYTES), size)
    return random.randrange(size)


def _length(random: Random) -> int:
    return random.choice((1, 2, 4, 8, 16, 64, 512, 4096))


def _flip_bit(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at : at + 1] = bytes(byte ^ (1 << random.randrange(8)) for byte in data[at : at + 1])


def _set_number(data: bytearray, random: Random) -> None:
    size = random.choice((1, 2, 4, 4, 8))
    value = random.choice(_EXTREMES + _WIDE_EXTREMES) % 2 ** (8 * size)
    at = _place(data, random)
    data[at : at + size] = value.to_bytes(size, random.choice(("little", "big")))


def _cut_end(data: bytearray, random: Random) -> None:
    del data[_place(data, random) :]


def _remove(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    del data[at : at + _length(random)]


def _insert(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at:at] = random.randbytes(_length(random))


def _repeat(data: bytearray, random: Random) -> None:
    at, other, length = _place(data, random), _place(data, random), _length(random)
    data[other:other] = data[at : at + length]


def _fill(data: bytearray, random: Random) -> None:
    at, length = _place(data, random), _length(random)
    data[at : at + length] = bytes([random.choice((0, 0xFF))]) * len(data[at : at + length])


def _scramble(data: bytearray, random: Random) -> None:
    at, length = _place(data, random), _length(random)
    data[at : at + length] = random.randbytes(len(data[at : at + length]))


_DAMAGES: Final = (
    _flip_bit, _flip_bit, _set_number, _set_number, _cut_end, _remove, _insert, _repeat, _fill,
    _scramble,
)  # fmt: skip


# -- PNG ---------------------------------------------------------------------------------------


def damaged_png(content: bytes, random: Random) -> bytes:
    """A PNG damaged as a file, or in one chunk whose checksum is then put right."""
    if random.random() < 0.4:
        return damaged(content, random)
    chunks = _chunks(content) or [(b"IDAT", b"")]
    kind, body = chunks.pop(at := random.randrange(len(chunks)))
    if kind == b"IDAT" and random.random() < 0.5:
        with suppress(zlib.error):  # it was damaged before
            body = zlib.compress(damaged(zlib.decompress(body), random), level=1)
    else:
        body = damaged(body, random)
    for _ in range(random.choice((0, 1, 1, 1, 2))):
        chunks.insert(at, (kind, body))
    packed = (
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
        for name, part in chunks
    )
    return content[:8] + b"".join(packed)


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at + 8 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        found.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


# -- JSON --------------------------------------------------------------------------------------


def damaged_json(text: str, random: Random) -> bytes:
    """A JSON file with values of wrong types, without a field, nested deeply, or damaged as bytes
    or in another encoding."""
    where = random.random()
    if where < 0.2:
        return damaged(text.encode(), random)
    if where < 0.25:
        return text.encode(random.choice(("utf-16", "utf-8-sig", "utf-32-le")))
    if where < 0.28:
        return b"[" * random.choice((10, 5000, 200_000))
    value = json.loads(text)
    for _ in range(random.choice((1, 1, 2, 4))):
        value = _damaged_value(value, random)
    return json.dumps(value).encode(errors="surrogatepass")


def _damaged_value(value: Any, random: Random) -> Any:
    """``value`` with one place somewhere within replaced, taken away or repeated."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.05:
        if isinstance(value, int | float) and abs(value) < 1e300 and random.random() < 0.5:
            return value * random.choice((-1, 0, 1e-6, 1e6, 1e12, 2, 0.5))
        return random.choice(_VALUES)
    key: Any = (
        random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
    )
    what = random.random()
    copy: Any = value.copy()
    if what < 0.15:
        del copy[key]
    elif what < 0.25 and isinstance(copy, dict):
        copy[random.choice(("", "x", f"{key} "))] = copy.pop(key)
    elif what < 0.25:
        copy.extend([copy[key]] * random.choice((1, 100)))
    else:
        copy[key] = _damaged_value(copy[key], random)
    return copy


# -- XML ---------------------------------------------------------------------------------------


def damaged_xml(content: bytes, random: Random) -> bytes:
    """XML that can be parsed, with other values in some attributes and texts, or an element
    taken away, repeated or moved."""
    root = ET.fromstring(content)
    parents = [element for element in root.iter() if len(element)]
    for _ in range(random.choice((1, 1, 2, 4))):
        parent = random.choice(parents)
        child = random.choice(list(parent) or [parent])
        what = random.random()
        if what < 0.1 and child is not parent:
            parent.remove(child)
        elif what < 0.2:
            random.choice(parents).append(deepcopy(child))
        elif child.attrib and what < 0.75:
            child.set(random.choice(list(child.attrib)), random.choice(_XML_VALUES))
        else:
            random.choice([e for e in root.iter() if not len(e)]).text = random.choice(_XML_VALUES)
    return bytes(ET.tostring(root))


_XML_VALUES: Final = (
    "", "0", "-1", "1", "2", "7", "1000000", "4294967295", "9223372036854775807",
    "18446744073709551616", "1,1000000,1000000", "?", "x", "i64", "f32", "Const", "Parameter",
    "TensorIterator", "opset1", "opset99", "1e30", "NaN", "../../../etc/passwd", "\u00e9" * 3000,
)  # fmt: skip


# -- SQLite ------------------------------------------------------------------------------------


_RENAMINGS: Final = ("topics RENAME TO t", "messages RENAME COLUMN data TO d")


def damage_messages(path: Path, random: Random) -> None:
    """Damage the content of a ``.db3``, which stays a sound database: a cell, a row, a table."""
    database = sqlite3.connect(path, isolation_level=None)
    try:
        for _ in range(random.choice((1, 1, 2, 4))):
            random.choice((_damage_data, _damage_data, _damage_cell, _damage_rows))(
                database, random
            )
        if random.random() < 0.03:
            database.execute(f"ALTER TABLE {random.choice(_RENAMINGS)}")
    finally:
        database.close()


def _row(database: sqlite3.Connection, table: str, random: Random) -> int:
    rows = database.execute(f"SELECT rowid FROM {table}").fetchall()
    return int(random.choice(rows)[0]) if rows else 0


def _damage_data(database: sqlite3.Connection, random: Random) -> None:
    row = _row(database, "messages", random)
    found = database.execute("SELECT data FROM messages WHERE rowid=?", (row,)).fetchone()
    content = found[0] if found and isinstance(found[0], bytes) else b""
    png = content.find(b"\x89PNG")
    if png >= 0 and random.random() < 0.5:
        content = content[:png] + damaged_png(content[png:], random)
    elif random.random() < 0.5:
        content = _other_number(content, random)
    else:
        content = damaged(content, random)
    database.execute("UPDATE messages SET data=? WHERE rowid=?", (content, row))


def _other_number(content: bytes, random: Random) -> bytes:
    """A text message with one of its values another one, of the same length in bytes."""
    text = content[8:].decode("utf-8", "replace")
    parts = text.split("=")
    if len(parts) < 2:
        return damaged(content, random)
    at = random.randrange(1, len(parts))
    old = parts[at].split(";")[0]
    new = random.choice(("nan", "inf", "-1", "0", "1e99", "", "x", "9" * 40, "-0.0", "1_0", "٣"))
    parts[at] = new + parts[at][len(old) :]
    whole = "=".join(parts).rstrip("\0").encode() + b"\0"
    return content[:4] + struct.pack("<I", len(whole)) + whole


def _damage_cell(database: sqlite3.Connection, random: Random) -> None:
    table, column = random.choice(
        (
            ("topics", "name"), ("topics", "type"), ("topics", "id"), ("messages", "topic_id"),
            ("messages", "timestamp"), ("messages", "data"), ("messages", "id"),
        )
    )  # fmt: skip
    value = random.choice((0, -1, 2**63 - 1, -(2**63), 1e300, "", "x", b"", b"\xff", 7, "1e5"))
    row = _row(database, table, random)
    try:
        # Quoted names keep the column's type from mattering to what is stored.
        database.execute(f"UPDATE {table} SET {column}=? WHERE rowid=?", (value, row))
    except sqlite3.Error:
        return  # such as a second row of the same id


def _damage_rows(database: sqlite3.Connection, random: Random) -> None:
    statement = random.choice(
        (
            "DELETE FROM messages WHERE rowid=?", "DELETE FROM topics WHERE rowid=?",
            "DELETE FROM messages WHERE topic_id=?",
            "INSERT INTO messages SELECT NULL,topic_id,timestamp,data FROM messages WHERE rowid=?",
            "UPDATE messages SET timestamp=timestamp*1000 WHERE rowid>?",
            "UPDATE messages SET data=zeroblob(100000) WHERE rowid=?",
            "UPDATE topics SET name=name||'x' WHERE rowid=?",
            "UPDATE topics SET name=(SELECT name FROM topics LIMIT 1) WHERE rowid=?",
        )
    )  # fmt: skip
    table = "topics" if "topics WHERE" in statement or "topic_id=" in statement else "messages"
    database.execute(statement, (_row(database, table, random),))
