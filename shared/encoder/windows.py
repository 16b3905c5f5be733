"""Windows over a text that is longer than a network reads. It knows lengths in tokens, not texts."""


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
