"""How a request waits for a model that is throttled: how many parts it asks at a time, and when it tries one more."""

import math
import random
import time

from router.deadline import Deadline
from shared.errors import Throttled

# A pause after a throttle doubles from the first to the longest, by a half less at random.
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.4
# It shrinks again as a request grows old, to a half at this age, so that old requests get ahead of new ones.
AGE_S = 4.0
# A throttle that comes back less than this before the deadline is the caller's: a try would end in a time-out.
LAST_TRY_S = 1.0
LONGEST_RETRY_AFTER_S = 30


class Patience:
    """What one request knows of the room that there is for its parts; `most` may be asked at a time.

    Reference: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
    """

    def __init__(self, most: int, deadline: Deadline) -> None:
        self._most = most
        self._room = most
        self._deadline = deadline
        self._throttles = 0
        self._began = self._next_try = time.monotonic()
        self._spare_s = LAST_TRY_S

    def allows(self, running: int) -> bool:
        """Say whether a part may be asked beside `running` others: within the known room, or to try for more."""
        if running < self._room:
            return True
        if running >= self._most or self.pause_s() > 0:
            return False
        self._room = running + 1
        self._next_try = time.monotonic() + self._draw_pause()
        return True

    def pause_s(self) -> float:
        """Return the seconds until the next try for more room."""
        return max(0.0, self._next_try - time.monotonic())

    def learn(self, throttled: Throttled, accepted: int) -> None:
        """Learn that no more than `accepted` parts had room just now. Raises Throttled when waiting cannot help."""
        if throttled.is_shared and self._spare_s == LAST_TRY_S:
            # Routers that wait fill the very limit that they wait for: each of them gives up at another moment.
            self._spare_s = random.uniform(LAST_TRY_S, max(LAST_TRY_S, self._deadline.remaining_s() - LAST_TRY_S))
        if self._deadline.remaining_s() < self._spare_s:
            waited_s = math.ceil(time.monotonic() - self._began)
            known_s = max(throttled.retry_after_s or 1, waited_s)
            # Nobody knows when there will be room: longer than it has been missing is the honest guess.
            raise Throttled(retry_after_s=min(known_s, LONGEST_RETRY_AFTER_S)) from throttled.__cause__
        self._room = accepted
        self._throttles += 1
        self._next_try = time.monotonic() + self._draw_pause()

    def _draw_pause(self) -> float:
        age_s = time.monotonic() - self._began
        longest_s = LONGEST_PAUSE_S / (1 + age_s / AGE_S)
        doublings = min(self._throttles, 10)
        return random.uniform(0.5, 1) * min(longest_s, math.ldexp(FIRST_PAUSE_S, doublings))
