"""How fast one account and region is asked: an audit must not throttle its owner's production.

Amazon EC2 counts the requests of each account, region and action in a bucket of its own: 100 requests at most, of which
20 a second come back. Amazon Route 53 counts all that an account asks, of whatever region: 50 at most, and 10 a second.
Sources: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html,
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/throttling-api-requests.html
"""

import threading
import time
from collections.abc import Callable, Mapping

MAX_RATE = 10.0
"""Requests a second, over all actions together: half of what AWS gives back to a single one."""

UNLIMITED = 1e6
"""A rate at which nothing ever waits, for an AWS that is only made up."""

_COSTS: Mapping[str, int] = {"DescribeSecurityGroupReferences": 4, "DescribeStaleSecurityGroups": 4}
"""Actions whose bucket is smaller: 20 requests, of which 5 a second come back. Each counts as several."""

BY_ACCOUNT: Mapping[str, float] = {"route53": 0.5}
"""The services that count the requests of an account together, and the share of the rate at which these are asked."""

_BURST = 5.0
"""How many seconds' worth of requests may be sent at once: in AWS's buckets it is as much."""

_FLOOR = 1 / 16
"""The share of the rate below which nothing slows it: a target that AWS throttles for long still comes to its end."""

THROTTLING = {
    "EC2ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
"""The codes of answers that throttle."""


class Pace:
    """Spaces out the requests for one account and region.

    Only one unit of work asks an account and region, and it asks one call after the other: what that unit keeps to,
    the run keeps to.
    """

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._most = self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._at = clock()
        self._tokens = _BURST * rate

    def wait(self, operation: str) -> None:
        """Return when the next request may be sent."""
        now = self._clock()
        self._tokens = min(self._tokens + (now - self._at) * self._rate, _BURST * self._most)
        self._at = now
        self._tokens -= _COSTS.get(operation, 1)
        # What the bucket does not hold is waited for: the time that it takes is in the next one's tokens.
        if self._tokens < 0:
            self._sleep(-self._tokens / self._rate)

    def answered(self, code: str) -> None:
        """Note AWS's answer by its error code, empty where there is none.

        Half as fast from the first answer that throttles, and back again, a hundredth with each that does not.
        """
        if code in THROTTLING:
            self._rate = max(self._rate / 2, self._most * _FLOOR)
            self._tokens = min(self._tokens, 0.0)
        else:
            self._rate = min(self._rate + self._most / 100, self._most)


class SharedPace(Pace):
    """The pace of one account at a service that counts its requests together: its units of work keep to it as one."""

    def __init__(self, rate: float) -> None:
        super().__init__(rate)
        self._lock = threading.Lock()

    def wait(self, operation: str) -> None:
        """As ``Pace`` has it, one unit after the other."""
        with self._lock:
            super().wait(operation)

    def answered(self, code: str) -> None:
        """As ``Pace`` has it."""
        with self._lock:
            super().answered(code)
