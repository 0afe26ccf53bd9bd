from auditor.snapshot import Answer
from auditor.targets.regions import enabled_in


def test_an_item_without_a_name_is_no_region() -> None:
    named = {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"}
    assert enabled_in(Answer(items=[{"OptInStatus": "opted-in"}, named])) == {"eu-west-1": True}
