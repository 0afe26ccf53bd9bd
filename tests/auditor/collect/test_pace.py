import pytest

from auditor.collect.pace import BY_ACCOUNT, MAX_RATE, UNLIMITED, Pace
from collectors import COLLECTORS
from tests.auditor.collect.clock import Clock


def paced(rate: float = MAX_RATE) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(rate, clock=clock, sleep=clock.sleep), clock


def ask(pace: Pace, times: int, operation: str = "DescribeVpcs", code: str = "") -> None:
    for _ in range(times):
        pace.wait(operation)
        pace.answered(code)


def test_what_a_small_region_needs_is_asked_without_waiting() -> None:
    pace, clock = paced()
    ask(pace, len(COLLECTORS))
    assert clock.passed == 0


@pytest.mark.parametrize(
    ("operation", "bucket", "refill"),
    [("DescribeVpcAttribute", 100, 20), ("DescribeStaleSecurityGroups", 20, 5)],
)
def test_no_action_takes_more_than_two_thirds_of_what_aws_gives_it(operation: str, bucket: int, refill: float) -> None:
    pace, clock = paced()
    left = float(bucket)
    last = clock.now
    for _ in range(500):
        pace.wait(operation)
        left = min(left + (clock.now - last) * refill, bucket) - 1
        last = clock.now
        pace.answered("")
        assert left >= bucket / 3
    assert 500 / clock.passed <= refill * 0.6


def test_route_53_is_asked_at_half_of_what_it_gives_an_account() -> None:
    pace, clock = paced(MAX_RATE * BY_ACCOUNT["route53"])
    ask(pace, 500, "ListHostedZonesByVPC")
    bucket, refill = 50, 10
    assert (500 - bucket / 2) / clock.passed == pytest.approx(refill / 2)


@pytest.mark.parametrize("rate", [0.5, 2.0, 40.0])
def test_the_rate_is_kept_over_any_number_of_calls(rate: float) -> None:
    pace, clock = paced(rate)
    ask(pace, 1000)
    assert clock.passed == pytest.approx((1000 - 5 * rate) / rate)


def test_time_that_passed_without_a_call_adds_no_more_than_one_burst() -> None:
    pace, clock = paced()
    ask(pace, 60)
    clock.now += 3600
    rested = clock.now
    ask(pace, 50)
    assert clock.now == rested
    ask(pace, 20)
    assert clock.now > rested


def test_the_first_answer_that_throttles_halves_the_rate_and_ends_the_burst() -> None:
    pace, clock = paced()
    ask(pace, 1, code="RequestLimitExceeded")
    ask(pace, 2)
    assert clock.passed == pytest.approx(2 / 5, rel=0.1)


def test_the_rate_comes_back_with_answers_that_do_not_throttle() -> None:
    pace, clock = paced()
    ask(pace, 1, code="RequestLimitExceeded")
    ask(pace, 60)
    again = clock.now
    ask(pace, 100)
    assert clock.now - again == pytest.approx(100 / MAX_RATE, rel=0.02)


def test_a_target_that_is_throttled_for_ever_comes_to_its_end() -> None:
    pace, clock = paced()
    ask(pace, 100, code="Throttling")
    assert clock.passed <= 100 * 16 / MAX_RATE


def test_a_refusal_does_not_slow_anything() -> None:
    pace, clock = paced()
    ask(pace, 30, code="UnauthorizedOperation")
    assert clock.passed == 0


def test_without_a_limit_nothing_waits() -> None:
    pace, clock = paced(UNLIMITED)
    ask(pace, 10_000)
    assert clock.passed == 0
