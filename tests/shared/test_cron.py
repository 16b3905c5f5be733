"""Which cron expressions AWS's scheduler takes."""

import pytest

from shared import cron


@pytest.mark.parametrize(
    "text",
    [
        "cron(0 8 ? * MON-FRI *)",
        "cron(15 10 * * ? *)",
        "cron(0/15 8-17 1,15 JAN-MAR ? 2026-2030)",
        "cron(0 0 L * ? *)",
        "cron(0 0 3W 6 ? *)",
        "cron(0 0 ? * 6L 2027)",
        "cron(0 0 ? * 3#2 *)",
        "cron(*/5 * ? * sun,sat *)",
    ],
)
def test_what_the_scheduler_takes_is_right(text: str) -> None:
    assert cron.problem(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("8:00", "is no cron expression of six fields"),
        ("cron(0 8 * * *)", "is no cron expression of six fields"),
        ("cron(0  8 ? * * *)", "is no cron expression of six fields"),
        ("rate(5 minutes)", "is no cron expression of six fields"),
        ("cron(60 8 ? * * *)", "has the minute '60', which is none"),
        ("cron(0 24 ? * * *)", "has the hour '24', which is none"),
        ("cron(0 8 32 * ? *)", "has the day '32', which is none"),
        ("cron(0 8 ? 13 * *)", "has the month '13', which is none"),
        ("cron(0 8 ? * MO-FR *)", "has the weekday 'MO-FR', which is none"),
        ("cron(0 8 ? * * 26)", "has the year '26', which is none"),
        ("cron(a b c d e f)", "has the minute 'a', which is none"),
        ("cron(? 8 ? * * *)", "has the minute '?', which is none"),
        ("cron(0/0 8 ? * * *)", "has the minute '0/0', which is none"),
        ("cron(0 8 1-2-3 * ? *)", "has the day '1-2-3', which is none"),
        ("cron(0 8 * * * *)", "needs ? for either the day or the weekday"),
        ("cron(0 8 ? * ? *)", "needs ? for either the day or the weekday"),
    ],
)
def test_what_it_refuses_is_said(text: str, said: str) -> None:
    assert str(cron.problem(text)).endswith(said)
