from collections.abc import Callable, Mapping
from typing import Any

from auditor.collect import Credentials, TargetRequest, collect_target, collectors_for
from auditor.model import Record
from auditor.snapshot import GLOBAL, Answer, CallError, Target
from collectors import COLLECTORS

ACCOUNT = "123456789012"
CREDENTIALS = Credentials("AKIAABCDEFGHIJKLMNOP", "wJalrXUtnFEMI/K7MDENG", "FwoGZXIvYXdzEBYaD")
SECRETS = ("AKIAABCDEFGHIJKLMNOP", "wJalrXUtnFEMI", "FwoGZXIvYXdzEBYaD")


def request(region: str = "eu-west-1", enabled: bool | None = True) -> TargetRequest:
    return TargetRequest(
        target=Target(ACCOUNT, region),
        endpoint_region="eu-west-1" if region == GLOBAL else region,
        credentials=CREDENTIALS,
        collected_at="2026-11-23T12:00:00Z",
        enabled=enabled,
    )


def ask(*records: type[Record], region: str = "eu-west-1", enabled: bool | None = True) -> dict[str, Answer]:
    return collect_target(request(region, enabled), collectors_for(records, COLLECTORS)).answers


def error_of(answer: Answer) -> CallError:
    assert answer.error is not None
    return answer.error


def pages(key: str, *contents: list[Any] | BaseException) -> Callable[[Any], dict[str, Any]]:
    def page(parameters: Mapping[str, Any]) -> dict[str, Any]:
        index = int(parameters.get("NextToken", 0))
        content = contents[index]
        if isinstance(content, BaseException):
            raise content
        following = {"NextToken": str(index + 1)} if index + 1 < len(contents) else {}
        return {key: content, **following}

    return page


def vpc(number: int, owner: str = ACCOUNT) -> dict[str, str]:
    return {"VpcId": f"vpc-{number}", "OwnerId": owner}
