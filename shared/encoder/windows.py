"""Windows over a text that is longer than a network reads. It knows lengths in tokens, not texts."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def windows(total: int, room: int, overlap: int) -> list[slice]:
    """Cut `total` tokens into windows of at most `room` tokens, each of which shares `overlap` with the one before.

    `overlap` must be below `room`. A text that fits makes one window, also an empty one.
    """
    step = room - overlap
    starts = range(0, max(total - room, 0) + step, step) if total > room else [0]
    return [slice(start, min(start + room, total)) for start in starts]


def count_windows(total: int, room: int, overlap: int) -> int:
    """Return how many windows `windows` would make."""
    return 1 + max(0, -(-(total - room) // (room - overlap)))


def default_overlap(length: int, room: int, wanted: int = 128) -> int:
    """Return a sensible overlap in tokens for windows of `length`, of which `room` tokens are left for the text.

    It is the question-answering pipeline's, 128 or half a window, and half of the room where that would leave windows
    that hardly move on.
    """
    overlap = min(length // 2, wanted)
    return overlap if room - overlap > room // 8 else room // 2


def windows_at(total: int, room: int, overlap: int, starts: Sequence[int]) -> list[slice]:
    """Cut `total` tokens into windows of at most `room` tokens that begin and end at sentences where they can.

    `starts` are the tokens at which sentences start, in order. A window ends at the last of them in its second half,
    else when it is full; the next begins at the first of them in the last `overlap` tokens, else with that overlap.
    """
    parts, begin = [], 0
    while begin + room < total:
        last = bisect_right(starts, begin + room) - 1
        is_cut = last >= 0 and starts[last] > begin + room // 2
        end = starts[last] if is_cut else begin + room
        parts.append(slice(begin, end))
        first = bisect_left(starts, max(end - overlap, begin + 1))
        begin = starts[first] if first < len(starts) and starts[first] < end else end if is_cut else end - overlap
    return [*parts, slice(begin, total)]
