"""Words out of a column of a table, and rows into a table: CSV, TSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from isogloss.models.conversion.optional_packages import optional_package
from isogloss.models.errors import FileError, InputError, OptionError

TableFormat = Literal["table", "tsv", "csv", "json", "parquet"]

_DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_FORMATS: Mapping[str, TableFormat] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "tsv",
    ".json": "json",
    ".parquet": "parquet",
}
_INSTALL = "pyarrow"


def words_of_column(path: Path, column: str) -> list[str]:
    """Read the words of a column; empty cells hold no word.

    Raises:
        FileError: The file cannot be read, is none of these, or has no such column.

    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        cells = _parquet_cells(path, column)
    elif suffix in _DELIMITERS:
        cells = _delimited_cells(path, column, _DELIMITERS[suffix])
    else:
        raise FileError(path, "expected a name that ends in .csv, .tsv or .parquet")
    words = [cell for cell in cells if cell]
    if not words:
        raise FileError(path, f"column {column!r}: expected words, found none")
    return words


def _delimited_cells(path: Path, column: str, delimiter: str) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            header = next(rows, [])
            if column not in header:
                raise _no_column(path, column, header)
            place = header.index(column)
            cells = []
            for row in rows:
                if not row:
                    continue
                if len(row) <= place:
                    reason = f"expected {len(header)} cells, found {len(row)}"
                    raise FileError(path, reason, line=rows.line_num)
                cells.append(row[place])
    except UnicodeDecodeError as error:
        raise FileError(path, "expected UTF-8") from error
    except csv.Error as error:
        raise FileError(path, f"expected a table parted by {delimiter!r}: {error}") from error
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    return cells


def _parquet_cells(path: Path, column: str) -> list[str]:
    parquet = optional_package("pyarrow.parquet", purpose="reading Parquet", install=_INSTALL)
    try:
        file = parquet.ParquetFile(path)
        names = file.schema_arrow.names
        if column not in names:
            raise _no_column(path, column, names)
        cells = file.read(columns=[column]).column(0).to_pylist()
    except OSError as error:
        raise FileError(path, f"cannot be read as Parquet: {error}") from error
    except ValueError as error:
        raise FileError(path, f"expected Parquet: {error}") from error
    if not all(cell is None or isinstance(cell, str) for cell in cells):
        raise FileError(path, f"column {column!r}: expected text")
    return [cell or "" for cell in cells]


def _no_column(path: Path, column: str, found: Sequence[str]) -> FileError:
    names = ", ".join(found) or "none"
    return FileError(path, f"expected a column {column!r}, found {names}")


def choose_table_format(chosen: TableFormat | None, output: Path | None) -> TableFormat:
    """Take the format that was asked for, else the one that the name of the output says.

    Raises:
        OptionError: The name says none, or Parquet is to go to the terminal.

    """
    if chosen is None:
        if output is None:
            return "table"
        if output.suffix.lower() not in _FORMATS:
            known = ", ".join(_FORMATS)
            raise OptionError(f"--output: expected a name that ends in {known}, or --format")
        return _FORMATS[output.suffix.lower()]
    if chosen == "parquet" and output is None:
        raise OptionError("--format parquet: expected an --output to write to")
    return chosen


def write_rows(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    form: TableFormat,
    output: Path | None,
) -> None:
    """Write rows to a file, or to standard output; a reader sees the old file or the new one.

    Raises:
        InputError: TSV cannot hold a cell.
        FileError: The file cannot be written.

    """
    if form == "parquet":
        if output is None:
            raise OptionError("--format parquet: expected an --output to write to")
        arrow = optional_package("pyarrow", purpose="writing Parquet", install=_INSTALL)
        parquet = optional_package("pyarrow.parquet", purpose="writing Parquet", install=_INSTALL)
        data = io.BytesIO()
        parquet.write_table(
            arrow.table({name: [row[name] for row in rows] for name in columns}), data
        )
        write_file(output, data.getvalue())
        return
    text = _text(rows, columns, form)
    if output is None:
        sys.stdout.write(text)
    else:
        write_file(output, text.encode("utf-8"))


def write_file(output: Path, data: bytes) -> None:
    """Replace a file as a whole.

    Raises:
        FileError: It cannot be written.

    """
    unfinished = output.with_name(f".unfinished.{output.name}")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(output)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise FileError(output, f"cannot be written: {error.strerror}") from error


def _text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], form: TableFormat) -> str:
    if form == "json":
        return json.dumps({"rows": list(rows)}, ensure_ascii=False, indent=2) + "\n"
    if form == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row[name]) for name in columns] for row in rows)
        return out.getvalue()
    lines = ["\t".join(columns)]
    lines += ["\t".join(_tab_cells(row, columns)) for row in rows]
    return "\n".join(lines) + "\n"


def _tab_cells(row: Mapping[str, Any], columns: Iterable[str]) -> list[str]:
    cells = [_cell(row[name]) for name in columns]
    for cell in cells:
        if any(end in cell for end in "\t\n\r"):
            raise InputError(f"TSV cannot hold {cell!r}: it holds a tab or the end of a line")
    return cells


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
