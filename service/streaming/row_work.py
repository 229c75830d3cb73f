"""Rows read by a decoder, answered, and written by an encoder: the work of most streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from isogloss.service.exchange import Exchange
from isogloss.service.streaming.rows import Decoder, Encoder, Rows
from isogloss.service.streaming.streamed_answer import Work

Answers = TypeVar("Answers")


def row_work(
    decoder: Decoder,
    answer: Callable[[Rows], Answers],
    encoder: Callable[[], Encoder[Answers]],
    *,
    rows_at_once: int,
    exchange: Exchange,
) -> Work:
    """Put the three together.

    Args:
        decoder: Reads the body.
        answer: Answers rows.
        encoder: Gives the encoder, the same each time; asked for once the first row is there.
        rows_at_once: Most rows that are answered in one step.
        exchange: Where the rows are counted.

    """

    def answered(blocks: Iterator[Rows]) -> Iterator[bytes]:
        for block in blocks:
            for rows in block.pieces(rows_at_once):
                exchange.items += rows.count
                yield encoder().write(answer(rows))

    def end() -> Iterator[bytes]:
        yield from answered(decoder.end())
        yield encoder().end()

    return Work(
        answer=lambda data: answered(decoder.feed(data)),
        end=end,
        fail=lambda error: encoder().fail(error),
    )
