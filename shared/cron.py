"""Whether a text is a cron expression as AWS's scheduler takes it. Standard library only.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

import re

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# Each field's least and greatest number, and the names that stand for numbers from the least on.
FIELDS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "minute": (0, 59, ()),
    "hour": (0, 23, ()),
    "day": (1, 31, ()),
    "month": (1, 12, MONTHS),
    "weekday": (1, 7, WEEKDAYS),
    "year": (1970, 2199, ()),
}
# The last day, a weekday near a day; the last such weekday, the nth such weekday.
SPECIAL = {"day": r"L|LW|([1-9]|[12]\d|3[01])W", "weekday": r"L|[1-7]L|[1-7]#[1-5]"}


def problem(text: str) -> str | None:
    """What is wrong with an expression, as the beginning of a sentence; None where nothing is."""
    match = re.fullmatch(r"cron\(([^()]*)\)", text)
    parts = match[1].split(" ") if match else []
    if len(parts) != len(FIELDS):
        return f"{text!r} is no cron expression of six fields"
    for name, part in zip(FIELDS, parts, strict=True):
        if not _is_field(name, part):
            return f"{text!r} has the {name} {part!r}, which is none"
    if [parts[2], parts[4]].count("?") != 1:
        return f"{text!r} needs ? for either the day or the weekday"
    return None


def _is_field(name: str, text: str) -> bool:
    if text == "?":
        return name in SPECIAL
    return all(_is_item(name, item) for item in text.split(","))


def _is_item(name: str, text: str) -> bool:
    if re.fullmatch(SPECIAL.get(name, "(?!)"), text):
        return True
    span, slash, step = text.partition("/")
    if slash and not re.fullmatch(r"[1-9]\d{0,3}", step):
        return False
    if span == "*":
        return True
    ends = [_number(name, end) for end in span.split("-")]
    return len(ends) <= 2 and None not in ends


def _number(name: str, text: str) -> int | None:
    """The number of a field that a text names; None for none."""
    least, most, names = FIELDS[name]
    if text.upper() in names:
        return least + names.index(text.upper())
    return int(text) if re.fullmatch(r"\d{1,4}", text) and least <= int(text) <= most else None
