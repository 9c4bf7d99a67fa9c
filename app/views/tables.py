"""Tables as this program's dialogs show them: rows to choose from, nothing to edit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def plain_table(
    columns: Sequence[str], name: str, *, wide: int = 0, numbers: Collection[int] = ()
) -> QTableWidget:
    """An empty table; ``name`` is for those who cannot see it. The column ``wide`` takes the width
    that is left; those with ``numbers`` have them at the right."""
    table = QTableWidget(0, len(columns))
    table.setHorizontalHeaderLabels(list(columns))
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
    for column in numbers:
        head = QTableWidgetItem(columns[column])
        head.setTextAlignment(RIGHT)
        table.setHorizontalHeaderItem(column, head)
    return table


def set_rows(
    table: QTableWidget, rows: Sequence[Sequence[str]], *, numbers: Collection[int] = ()
) -> list[list[QTableWidgetItem]]:
    """Fill ``table`` anew with the texts of ``rows``; returns what stands in it."""
    items = [[QTableWidgetItem(text) for text in texts] for texts in rows]
    table.setRowCount(len(rows))
    for row, cells in enumerate(items):
        for column, item in enumerate(cells):
            if column in numbers:
                item.setTextAlignment(RIGHT)
            table.setItem(row, column, item)
    return items
