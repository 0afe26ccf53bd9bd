import types
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from botocore.model import ListShape, OperationModel, Shape, StructureShape

import auditor.model
from auditor.collect import open_session
from auditor.collector import Collector
from auditor.model import Cidr, IpAddress, Record, Tag
from collectors import COLLECTORS

PRIMITIVES = {
    str: {"string"},
    Cidr: {"string"},
    IpAddress: {"string"},
    bool: {"boolean"},
    int: {"integer", "long"},
    float: {"float", "double"},
    datetime: {"timestamp"},
}


def operation(collector: Collector) -> OperationModel:
    return open_session(None).get_service_model(collector.service).operation_model(collector.operation)


def members(collector: Collector) -> dict[str, Shape]:
    """What an item of the collector can hold, by AWS's model."""
    called = operation(collector)
    assert called.output_shape is not None
    answered = dict(called.output_shape.members)
    if collector.key:
        listed = answered[collector.key]
        assert isinstance(listed, ListShape)
        assert isinstance(listed.member, StructureShape)
        return dict(listed.member.members)
    assert called.input_shape is not None
    assert collector.identity is not None
    return {**answered, collector.identity: called.input_shape.members[collector.identity]}


def differences(record: type[Record], shapes: dict[str, Shape], path: str) -> Iterator[str]:
    hints = get_type_hints(record)
    for field in msgspec.structs.fields(record):
        place = f"{path}.{field.encode_name}"
        shape = shapes.get(field.encode_name)
        if shape is None:
            yield f"{place}: AWS has no such member"
        else:
            yield from type_differences(hints[field.name], shape, place)


def type_differences(hint: Any, shape: Shape, path: str) -> Iterator[str]:
    if shape.metadata.get("sensitive"):
        yield f"{path}: sensitive, so it is never collected"
    if get_origin(hint) in (types.UnionType, Union):
        (hint,) = (each for each in get_args(hint) if each is not types.NoneType)
    if get_origin(hint) is tuple and isinstance(shape, ListShape):
        yield from type_differences(get_args(hint)[0], shape.member, f"{path}[]")
    elif isinstance(hint, type) and issubclass(hint, Record) and isinstance(shape, StructureShape):
        yield from differences(hint, dict(shape.members), path)
    elif shape.type_name not in PRIMITIVES.get(hint, set()):
        yield f"{path}: {hint} here, {shape.type_name} in AWS's model"


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda each: each.record.__name__)
def test_a_record_is_named_and_typed_as_botocores_model_has_it(collector: Collector) -> None:
    assert list(differences(collector.record, members(collector), collector.record.__name__)) == []


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda each: each.record.__name__)
def test_a_record_needs_its_id_and_takes_everything_else_as_absent(collector: Collector) -> None:
    fields = msgspec.structs.fields(collector.record)
    assert len([field for field in fields if field.required]) == 1
    assert {field.default for field in fields if not field.required} <= {None}


def test_every_record_is_compared() -> None:
    public = {getattr(auditor.model, name) for name in auditor.model.__all__}
    records = {each for each in public if isinstance(each, type) and issubclass(each, Record)}
    assert records - {Record, Tag} == {each.record for each in COLLECTORS}


def test_a_record_that_differs_from_the_model_is_seen() -> None:
    class Wrong(Record, rename="pascal", frozen=True, kw_only=True):
        vpc_id: int
        cidr_blocks: str | None = None
        tags: tuple[str, ...] | None = None

    vpcs = next(each for each in COLLECTORS if each.operation == "DescribeVpcs")
    assert len(list(differences(Wrong, members(vpcs), "Wrong"))) == 3
