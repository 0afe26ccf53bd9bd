from auditor.findings import Finding, Saving, total_saving
from tests.auditor.report.examples import finding


def saving(resource: str, usd: float, of: str = "hours") -> Saving:
    return Saving(resource=resource, of="hours" if of == "hours" else "gigabytes", quantity=1, price_usd=usd)


def with_savings(*savings: Saving) -> Finding:
    made = finding(saving=0.0)
    return Finding(**{name: getattr(made, name) for name in made.__struct_fields__} | {"savings": savings})


def test_the_savings_of_findings_add_up() -> None:
    assert total_saving([with_savings(saving("vpce-1/a", 7.3), saving("vpce-1/b", 7.3)), with_savings()]) == 14.6


def test_an_hour_that_two_findings_would_save_is_counted_once_as_the_one_that_saves_most_has_it() -> None:
    one, other = with_savings(saving("vpce-1/a", 7.3)), with_savings(saving("vpce-1/a", 5.0), saving("vpce-2/a", 1.0))
    assert total_saving([one, other]) == total_saving([other, one]) == 8.3


def test_the_hours_and_the_gigabytes_of_one_resource_are_two_things() -> None:
    assert total_saving([with_savings(saving("nat-1", 32.85), saving("nat-1", 10.0, "gigabytes"))]) == 42.85


def test_a_finding_without_savings_says_nothing_of_money_and_one_that_saves_nothing_says_so() -> None:
    assert with_savings().monthly_saving_usd is None
    assert with_savings(saving("vpce-1/a", 0.0)).monthly_saving_usd == 0.0


def test_cents_are_rounded_once() -> None:
    parts = [saving(f"vpce-{number}", 0.004) for number in range(10)]
    assert with_savings(*parts).monthly_saving_usd == 0.04
