import gzip
import json
import os
import re
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.snapshot import (
    ASSUME_ROLE,
    GLOBAL,
    MANIFEST,
    Answer,
    CallError,
    ErrorKind,
    Folder,
    Manifest,
    ManifestTarget,
    Shard,
    SnapshotError,
    Storage,
    Target,
    Tool,
    is_complete,
    item_error,
    kind_of,
    read_manifest,
    read_snapshot,
    resume,
    write_manifest,
    write_shard,
)

ACCOUNT = "111111111111"
IRELAND = Target(ACCOUNT, "eu-west-1")
FRANKFURT = Target(ACCOUNT, "eu-central-1")
WORLD = Target(ACCOUNT, GLOBAL)
NAME = f"{ACCOUNT}/eu-west-1.json.gz"
VPCS, ACLS, REGIONS = "ec2:DescribeVpcs", "ec2:DescribeNetworkAcls", "ec2:DescribeRegions"
REFUSED = CallError(kind="refused", code="UnauthorizedOperation", message="You are not authorized.")


def shard_of(target: Target = IRELAND, **answers: Answer) -> Shard:
    return Shard(
        account_id=target.account,
        region=target.region,
        collected_at="2026-11-23T12:00:00Z",
        botocore="1.44.5",
        answers={f"ec2:{name}": answer for name, answer in answers.items()},
    )


def manifest_of(*targets: Target, actions: tuple[str, ...] | None = (VPCS, ACLS, REGIONS)) -> Manifest:
    return Manifest(
        tool=Tool(name="vpc-auditor", version="0.1.0"),
        botocore="1.44.5",
        started_at="2026-11-23T11:59:00Z",
        targets=tuple(ManifestTarget(account_id=each.account, region=each.region) for each in targets),
        actions=actions,
    )


VPC_SHARD = shard_of(DescribeVpcs=Answer(items=[{"VpcId": "vpc-0a", "CidrBlock": "10.0.0.0/16"}]))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    storage = Folder(tmp_path / "snapshot")
    write_manifest(storage, manifest_of(IRELAND))
    return storage


class Memory:
    """The smallest storage: what the functions ask of one, and no more."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def read(self, name: str) -> bytes:
        return self.files[name]

    def write(self, name: str, content: bytes) -> None:
        self.files[name] = content

    def names(self) -> list[str]:
        return sorted(self.files)


def envelope(**changes: object) -> dict[str, object]:
    whole: dict[str, object] = {
        "schema": 1,
        "account_id": ACCOUNT,
        "region": "eu-west-1",
        "collected_at": "2026-11-23T12:00:00Z",
        "answers": {VPCS: {"items": [{"VpcId": "vpc-0a"}]}},
    }
    return whole | changes


def without(member: str) -> dict[str, object]:
    return {name: value for name, value in envelope().items() if name != member}


def put(storage: Storage, name: str, content: object) -> None:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    storage.write(name, gzip.compress(text) if name.endswith(".gz") else text)


def refusal(storage: Storage) -> str:
    with pytest.raises(SnapshotError) as caught:
        read_snapshot(storage)
    return str(caught.value)


# Writing and reading


def test_what_was_written_is_read_again(folder: Folder) -> None:
    manifest = manifest_of(IRELAND, FRANKFURT)
    frankfurt = shard_of(
        FRANKFURT,
        DescribeVpcs=Answer(items=[]),
        DescribeNetworkAcls=Answer(items=[{"NetworkAclId": "acl-0a"}], error=REFUSED),
    )
    world = shard_of(WORLD, DescribeRegions=Answer(items=[{"RegionName": "eu-west-1"}]))
    write_manifest(folder, manifest)
    for shard in (VPC_SHARD, world, frankfurt):
        write_shard(folder, shard)
    snapshot = read_snapshot(folder)
    assert list(snapshot.shards.items()) == [(FRANKFURT, frankfurt), (IRELAND, VPC_SHARD)]
    assert snapshot.accounts == {ACCOUNT: world}
    assert snapshot.manifest == manifest


def test_the_functions_need_nothing_of_a_storage_but_its_three_methods() -> None:
    storage: Storage = Memory()
    write_manifest(storage, manifest_of(IRELAND))
    write_shard(storage, VPC_SHARD)
    assert read_snapshot(storage).shards == {IRELAND: VPC_SHARD}


def test_the_files_are_those_of_the_contract(folder: Folder) -> None:
    write_shard(folder, VPC_SHARD)
    write_shard(folder, shard_of(WORLD))
    assert folder.names() == [f"{ACCOUNT}/eu-west-1.json.gz", f"{ACCOUNT}/global.json.gz", MANIFEST]
    assert json.loads(folder.read(MANIFEST)) == {
        "schema": 1,
        "tool": {"name": "vpc-auditor", "version": "0.1.0"},
        "botocore": "1.44.5",
        "started_at": "2026-11-23T11:59:00Z",
        "finished_at": None,
        "targets": [{"account_id": ACCOUNT, "region": "eu-west-1"}],
        "actions": [VPCS, ACLS, REGIONS],
    }
    assert json.loads(gzip.decompress(folder.read(NAME))) == {
        "schema": 1,
        "account_id": ACCOUNT,
        "region": "eu-west-1",
        "collected_at": "2026-11-23T12:00:00Z",
        "botocore": "1.44.5",
        "answers": {VPCS: {"items": [{"VpcId": "vpc-0a", "CidrBlock": "10.0.0.0/16"}]}},
    }


def test_the_same_answers_give_the_same_bytes_in_whatever_order_they_came(folder: Folder) -> None:
    item, acls = {"VpcId": "vpc-0a", "CidrBlock": "10.0.0.0/16"}, Answer(error=REFUSED)
    write_shard(folder, shard_of(DescribeVpcs=Answer(items=[item]), DescribeNetworkAcls=acls))
    first = folder.read(NAME)
    turned = dict(reversed(item.items()))
    write_shard(folder, shard_of(DescribeNetworkAcls=acls, DescribeVpcs=Answer(items=[turned])))
    assert folder.read(NAME) == first


def test_the_gzip_header_holds_neither_time_nor_file_name(folder: Folder) -> None:
    write_shard(folder, VPC_SHARD)
    header = folder.read(NAME)[:8]
    assert header[:3] == b"\x1f\x8b\x08"
    assert header[3:] == bytes(5)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        pytest.param(datetime(2026, 11, 23, 12, tzinfo=UTC), "2026-11-23T12:00:00Z", id="a time in UTC"),
        pytest.param(
            datetime(2026, 11, 23, 13, tzinfo=timezone(timedelta(hours=1))),
            "2026-11-23T12:00:00Z",
            id="a time in another zone",
        ),
        pytest.param(datetime(2026, 11, 23, 12, 0, 0, 5000), "2026-11-23T12:00:00.005000Z", id="a time without a zone"),
        pytest.param(b"\x00\xff", "AP8=", id="bytes"),
        pytest.param(Decimal("0.5"), "0.5", id="a decimal number"),
        pytest.param("half \ud800", "half ?", id="half of a surrogate pair"),
        pytest.param("Zürich \u2028 \x00", "Zürich \u2028 \x00", id="text of all kinds"),
        pytest.param(2**64, 2**64, id="a number of more than 64 bits"),
    ],
)
def test_values_that_json_lacks_become_text(folder: Folder, raw: object, read: object) -> None:
    write_shard(folder, shard_of(DescribeVpcs=Answer(items=[{"Tags": [{"Value": raw}]}])))
    assert read_snapshot(folder).shards[IRELAND].items(VPCS) == [{"Tags": [{"Value": read}]}]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(float("nan"), "Out of range float values are not JSON compliant", id="not a number"),
        pytest.param(object(), "Encoding objects of type object is unsupported", id="an object"),
    ],
)
def test_a_value_that_no_file_can_hold_is_refused_and_the_old_shard_kept(
    folder: Folder, value: object, reason: str
) -> None:
    write_shard(folder, VPC_SHARD)
    with pytest.raises(SnapshotError, match=rf"^{re.escape(NAME)}: cannot be written: {reason}"):
        write_shard(folder, shard_of(DescribeVpcs=Answer(items=[{"Value": value}])))
    assert read_snapshot(folder).shards == {IRELAND: VPC_SHARD}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Target("../../etc", "eu-west-1"), 'account_id: expected 12 digits, got "../../etc"'),
        (Target("١" * 12, "eu-west-1"), f'account_id: expected 12 digits, got "{"١" * 12}"'),
        (Target(ACCOUNT, "../eu-west-1"), 'region: expected a name such as "eu-west-1", got "../eu-west-1"'),
        (Target(ACCOUNT, "eu-west-1\n"), 'region: expected a name such as "eu-west-1", got "eu-west-1\\x0a"'),
        (Target(ACCOUNT, ""), 'region: expected a name such as "eu-west-1", got ""'),
    ],
)
def test_a_shard_cannot_be_written_outside_its_place(folder: Folder, target: Target, message: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        write_shard(folder, shard_of(target))
    assert str(caught.value) == f"the shard cannot be written: {message}"
    assert folder.names() == [MANIFEST]


# The folder


def test_only_the_owner_can_read_what_was_written(folder: Folder) -> None:
    previous = os.umask(0)
    try:
        write_shard(folder, VPC_SHARD)
        write_manifest(Folder(folder.root.parent / "second"), manifest_of())
    finally:
        os.umask(previous)
    second = folder.root.parent / "second"
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder.root / ACCOUNT, second)}
    assert set(modes.values()) == {0o700}
    assert stat.S_IMODE((folder.root / NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE((second / MANIFEST).stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shard(folder, VPC_SHARD)
    before = folder.names()

    def fails(source: object, destination: object) -> None:
        raise OSError(28, "No space left on device", str(source), None, str(destination))

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(SnapshotError) as caught:
        write_shard(folder, shard_of(DescribeVpcs=Answer(items=[])))
    assert str(caught.value) == f"{folder.root / NAME}: cannot be written: No space left on device"
    assert folder.names() == before
    assert read_snapshot(folder).shards == {IRELAND: VPC_SHARD}


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shard(folder, VPC_SHARD)
    before = folder.names()

    def interrupted(*names: object) -> None:
        raise KeyboardInterrupt(*names)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_shard(folder, shard_of(DescribeVpcs=Answer(items=[])))
    assert folder.names() == before
    assert read_snapshot(folder).shards == {IRELAND: VPC_SHARD}


def test_a_file_that_does_not_exist_is_named(folder: Folder) -> None:
    with pytest.raises(SnapshotError) as caught:
        folder.read(NAME)
    assert str(caught.value) == f"{folder.root / NAME}: cannot be read: No such file or directory"


def test_an_account_that_cannot_be_listed_is_not_taken_for_an_empty_one(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shard(folder, VPC_SHARD)
    account, listed = folder.root / ACCOUNT, Path.iterdir

    def refuses(path: Path) -> object:
        if path == account:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refuses)
    assert refusal(folder) == f"{account}: cannot be read: Permission denied"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    storage = Folder(tmp_path / "file")
    with pytest.raises(SnapshotError) as caught:
        write_manifest(storage, manifest_of())
    assert str(caught.value) == f"{tmp_path / 'file' / MANIFEST}: cannot be written: File exists"


def test_a_folder_that_is_gone_is_not_made_again_for_a_shard(folder: Folder) -> None:
    (folder.root / MANIFEST).unlink()
    folder.root.rmdir()
    with pytest.raises(SnapshotError) as caught:
        write_shard(folder, VPC_SHARD)
    assert str(caught.value) == f"{folder.root / NAME}: cannot be written: No such file or directory"
    assert not folder.root.exists()


# What is not a snapshot


def test_a_folder_that_does_not_exist_is_said_not_to(tmp_path: Path) -> None:
    assert refusal(Folder(tmp_path / "nowhere")) == f"{tmp_path / 'nowhere'}: no such folder"


def test_a_file_in_place_of_the_folder_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refusal(Folder(tmp_path / "file")) == f"{tmp_path / 'file'}: not a folder"


def test_a_folder_without_a_manifest_is_not_a_snapshot(tmp_path: Path) -> None:
    assert refusal(Folder(tmp_path)) == f"{tmp_path}: no manifest.json: give the folder that a collection wrote"


def test_a_snapshot_without_shards_is_read_and_shows_what_was_asked_for(folder: Folder) -> None:
    snapshot = read_snapshot(folder)
    assert (snapshot.shards, snapshot.accounts) == ({}, {})
    assert [each.target for each in snapshot.manifest.targets] == [IRELAND]


def test_files_that_are_not_shards_are_ignored(folder: Folder) -> None:
    write_shard(folder, VPC_SHARD)
    for name in (
        "README",
        "report.json",
        ".DS_Store",
        f"{ACCOUNT}/.DS_Store",
        f"{ACCOUNT}/._eu-west-1.json.gz",
        f"{ACCOUNT}/.x7f.tmp",
        f"{ACCOUNT}/eu-west-1.json.gz.bak",
        "notes/eu-west-1.json",
        "1111/eu-west-1.json",
    ):
        folder.write(name, b"not a shard")
    (folder.root / ACCOUNT / "us-east-1.json.gz").mkdir()
    assert read_snapshot(folder).shards == {IRELAND: VPC_SHARD}


def test_a_shard_that_the_manifest_does_not_name_is_read_all_the_same(folder: Folder) -> None:
    other = shard_of(Target("222222222222", "us-east-1"))
    write_shard(folder, other)
    assert read_snapshot(folder).shards == {other.target: other}


def test_a_shard_that_is_not_compressed_is_read_as_well(folder: Folder) -> None:
    put(folder, f"{ACCOUNT}/eu-west-1.json", envelope())
    assert read_snapshot(folder).shards[IRELAND].items(VPCS) == [{"VpcId": "vpc-0a"}]


def test_two_files_of_one_target_are_refused(folder: Folder) -> None:
    put(folder, f"{ACCOUNT}/eu-west-1.json", envelope())
    put(folder, NAME, envelope())
    message = f"{NAME}: {ACCOUNT}/eu-west-1.json is the same target: delete one of the two"
    assert refusal(folder) == message
    with pytest.raises(SnapshotError, match=f"^{re.escape(message)}$"):
        resume(folder, manifest_of(IRELAND), {VPCS}, ())


def test_a_file_that_looks_like_a_shard_of_no_region_is_refused(folder: Folder) -> None:
    put(folder, f"{ACCOUNT}/eu-west-1 (copy)\n.json.gz", envelope())
    assert refusal(folder) == (
        f"{ACCOUNT}/eu-west-1 (copy)\\x0a.json.gz: the file is not named after a region: rename it, or move it away"
    )


# Malformed shards


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "$: the JSON ends too early", id="an empty file"),
        pytest.param(b'{"schema": 1, "acc', "$: the JSON ends too early", id="JSON that is cut"),
        pytest.param(b"hello", "$: not JSON: invalid character (byte 0)", id="text"),
        pytest.param(json.dumps(envelope()).encode() + b"}", "$: not JSON: trailing characters (byte 174)", id="more"),
        pytest.param([], "$: expected object, got array", id="an array"),
        pytest.param(b"\xff\xfe{}", "$: not JSON: invalid character (byte 0)", id="another encoding"),
        pytest.param(
            b'{"schema": 1, "region": "\xff", ', "$: the JSON ends too early", id="cut before the text is looked at"
        ),
        pytest.param(
            json.dumps(envelope(region="?")).encode().replace(b"?", b"\xff"), "$: not UTF-8", id="text not in UTF-8"
        ),
        pytest.param(
            json.dumps(envelope(answers={VPCS: {"items": [{"VpcId": "?"}]}})).encode().replace(b"?", b"\xff"),
            f'$.answers["{VPCS}"]: not UTF-8',
            id="an answer not in UTF-8",
        ),
        pytest.param(b'{"schema": ' + DEEP + b"}", "$.schema: expected int, got array", id="a deep schema"),
        pytest.param(b'{"other": ' + DEEP + b"}", "$: nested too deep", id="a deep member that is not read"),
        pytest.param(
            b'{"schema": 1, "answers": {"ec2:DescribeVpcs": {"items": [{"a": ' + DEEP + b"}]}}}",
            "$: nested too deep",
            id="a deep item",
        ),
        pytest.param(without("schema"), "$: object missing required field schema", id="no schema"),
        pytest.param(envelope(schema="1"), "$.schema: expected int, got str", id="a schema that is text"),
        pytest.param(envelope(schema=True), "$.schema: expected int, got bool", id="a schema that is a truth value"),
        pytest.param(envelope(schema=0), "$.schema: expected 1, got 0", id="a schema that never was"),
        pytest.param(
            {"schema": 2},
            "written by a newer vpc-auditor: it has schema 2, this version reads 1: update it",
            id="a newer schema",
        ),
        pytest.param(without("account_id"), "$: object missing required field account_id", id="no account"),
        pytest.param(without("region"), "$: object missing required field region", id="no region"),
        pytest.param(without("collected_at"), "$: object missing required field collected_at", id="no time"),
        pytest.param(without("answers"), "$: object missing required field answers", id="no answers"),
        pytest.param(envelope(account_id=111111111111), "$.account_id: expected str, got int", id="a number for an id"),
        pytest.param(
            envelope(account_id="222222222222"),
            '$.account_id: expected "111111111111" as in the file\'s name, got "222222222222"',
            id="another account",
        ),
        pytest.param(
            envelope(region="us-east-1\n\x1b[2J"),
            '$.region: expected "eu-west-1" as in the file\'s name, got "us-east-1\\x0a\\x1b[2J"',
            id="another region, with control characters",
        ),
        pytest.param(
            envelope(collected_at="yesterday"),
            '$.collected_at: expected a time such as "2026-11-23T12:00:00Z", got "yesterday"',
            id="a time in words",
        ),
        pytest.param(
            envelope(collected_at="2026-11-23T12:00:00+00:00"),
            '$.collected_at: expected a time such as "2026-11-23T12:00:00Z", got "2026-11-23T12:00:00+00:00"',
            id="a time that does not end in Z",
        ),
        pytest.param(
            envelope(collected_at="2026-02-30T12:00:00Z"),
            '$.collected_at: expected a time such as "2026-11-23T12:00:00Z", got "2026-02-30T12:00:00Z"',
            id="a day that never was",
        ),
        pytest.param(envelope(answers=[]), "$.answers: expected object, got array", id="a list of answers"),
        pytest.param(
            envelope(answers={VPCS: []}), f'$.answers["{VPCS}"]: expected object, got array', id="an answer as a list"
        ),
        pytest.param(
            envelope(answers={VPCS: {"items": {}}}),
            f'$.answers["{VPCS}"].items: expected array, got object',
            id="items that are no list",
        ),
        pytest.param(
            envelope(answers={VPCS: {"items": [{}, "vpc-0a"]}}),
            f'$.answers["{VPCS}"].items[1]: expected object, got str',
            id="an item that is no object",
        ),
        pytest.param(
            envelope(answers={VPCS: {}}),
            f'$.answers["{VPCS}"]: expected items or error, got neither',
            id="an answer that says nothing",
        ),
        pytest.param(
            envelope(answers={VPCS: {"items": None}}),
            f'$.answers["{VPCS}"]: expected items or error, got neither',
            id="an answer that is null",
        ),
        pytest.param(
            envelope(answers={VPCS: {"error": "no"}}),
            f'$.answers["{VPCS}"].error: expected object, got str',
            id="an error that is text",
        ),
        pytest.param(
            envelope(answers={VPCS: {"error": {"kind": "lost - at `$.x`"}}}),
            f"$.answers[\"{VPCS}\"].error.kind: invalid enum value 'lost - at $.x'",
            id="a kind of error that never was",
        ),
        pytest.param(
            envelope(answers={VPCS: {"items": [{}, {"error": {"code": 3}}]}}),
            f'$.answers["{VPCS}"].items[1].error.code: expected str, got int',
            id="an item's error of the wrong shape",
        ),
        pytest.param(
            envelope(answers={"a\n": {"items": 1}}), '$.answers["a\\n"].items: expected array, got int', id="a newline"
        ),
        pytest.param(
            envelope(answers={VPCS: {"items": [{"a": float("nan")}]}}),
            "$: not JSON: invalid character (byte 156)",
            id="not a number",
        ),
        pytest.param(
            json.dumps(envelope(answers={VPCS: {"items": [{"a": "?"}]}})).encode().replace(b'"?"', b"1e999"),
            f'$.answers["{VPCS}"].items[0][...]: number out of range',
            id="a number beyond all bounds",
        ),
    ],
)
def test_a_malformed_shard_is_refused_with_file_and_place(folder: Folder, content: object, message: str) -> None:
    put(folder, NAME, content)
    assert refusal(folder) == f"{NAME}: {message}"
    assert resume(folder, manifest_of(IRELAND), {VPCS}, ()) == [IRELAND]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(lambda whole: whole[:-1], "the file is cut: collect this target again", id="cut"),
        pytest.param(
            lambda whole: whole[:-8] + bytes(8),
            "not a gzip file, or a damaged one: collect this target again",
            id="another checksum",
        ),
        pytest.param(
            gzip.decompress, "not a gzip file, or a damaged one: collect this target again", id="not compressed"
        ),
        pytest.param(
            lambda whole: whole[:20] + bytes(20) + whole[40:],
            "not a gzip file, or a damaged one: collect this target again",
            id="overwritten inside",
        ),
    ],
)
def test_a_damaged_gzip_file_is_refused(folder: Folder, spoil: Any, message: str) -> None:
    write_shard(folder, VPC_SHARD)
    folder.write(NAME, spoil(folder.read(NAME)))
    assert refusal(folder) == f"{NAME}: {message}"


def test_keys_that_this_version_does_not_know_are_ignored(folder: Folder) -> None:
    answers = {VPCS: {"items": [], "later": 1}, ACLS: {"error": {"code": "AccessDenied", "later": {}}}}
    put(folder, NAME, envelope(later=[1], answers=answers))
    assert read_snapshot(folder).shards[IRELAND].answers == {
        VPCS: Answer(items=[]),
        ACLS: Answer(error=CallError(code="AccessDenied")),
    }


@given(st.data())
def test_a_shard_that_is_cut_or_has_a_flipped_bit_reads_the_same_or_is_refused(data: st.DataObject) -> None:
    storage = Memory()
    write_manifest(storage, manifest_of(IRELAND))
    write_shard(storage, VPC_SHARD)
    spoiled = bytearray(storage.files[NAME])
    if data.draw(st.booleans(), label="cut"):
        del spoiled[data.draw(st.integers(0, len(spoiled) - 1), label="length") :]
    else:
        bit = data.draw(st.integers(0, len(spoiled) * 8 - 1), label="bit")
        spoiled[bit // 8] ^= 1 << bit % 8
    storage.files[NAME] = bytes(spoiled)
    try:
        outcome: object = read_snapshot(storage).shards
    except SnapshotError as error:
        outcome = str(error)
    assert outcome in (
        {IRELAND: VPC_SHARD},
        f"{NAME}: the file is cut: collect this target again",
        f"{NAME}: not a gzip file, or a damaged one: collect this target again",
        f"{NAME}: $: the JSON ends too early",
    )


# The manifest


def manifest_json(**changes: object) -> dict[str, object]:
    whole: dict[str, object] = {
        "schema": 1,
        "tool": {"name": "vpc-auditor", "version": "0.1.0"},
        "started_at": "2026-11-23T11:59:00Z",
        "finished_at": None,
        "targets": [{"account_id": ACCOUNT, "region": "eu-west-1"}],
    }
    return whole | changes


def test_a_manifest_without_actions_and_botocore_is_read(folder: Folder) -> None:
    put(folder, MANIFEST, manifest_json(later=True))
    manifest = read_manifest(folder)
    assert (manifest.actions, manifest.botocore) == (None, "")
    assert manifest.targets == (ManifestTarget(account_id=ACCOUNT, region="eu-west-1"),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"{", "$: the JSON ends too early", id="cut"),
        pytest.param({"schema": 3}, "written by a newer vpc-auditor: it has schema 3, this version reads 1: update it"),
        pytest.param(manifest_json(tool="vpc-auditor"), "$.tool: expected object, got str", id="a tool that is text"),
        pytest.param(
            manifest_json(started_at="now"), '$.started_at: expected a time such as "2026-11-23T12:00:00Z", got "now"'
        ),
        pytest.param(
            manifest_json(finished_at=""), '$.finished_at: expected a time such as "2026-11-23T12:00:00Z", got ""'
        ),
        pytest.param(manifest_json(targets={}), "$.targets: expected array, got object", id="targets that are no list"),
        pytest.param(
            manifest_json(targets=[{"account_id": ACCOUNT}]), "$.targets[0]: object missing required field region"
        ),
        pytest.param(
            manifest_json(targets=[{"account_id": "../x", "region": "eu-west-1"}]),
            '$.targets[0]: account_id: expected 12 digits, got "../x"',
        ),
        pytest.param(
            manifest_json(targets=[{"account_id": ACCOUNT, "region": "EU (Ireland)"}]),
            '$.targets[0]: region: expected a name such as "eu-west-1", got "EU (Ireland)"',
        ),
        pytest.param(
            manifest_json(targets=[{"account_id": ACCOUNT, "region": "eu-west-1"}] * 2),
            "$.targets[1]: 111111111111/eu-west-1 is named twice",
        ),
        pytest.param(manifest_json(actions=[1]), "$.actions[0]: expected str, got int", id="an action that is no text"),
    ],
)
def test_a_malformed_manifest_is_refused_with_the_place(folder: Folder, content: object, message: str) -> None:
    put(folder, MANIFEST, content)
    assert refusal(folder) == f"manifest.json: {message}"


# Errors


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("UnauthorizedOperation", "refused"),
        ("AccessDenied", "refused"),
        ("AccessDeniedException", "refused"),
        ("AccessDeniedForDependencyException", "refused"),
        ("AuthFailure", "refused"),
        ("UnrecognizedClientException", "refused"),
        ("InvalidClientTokenId", "refused"),
        ("SignatureDoesNotMatch", "refused"),
        ("MissingAuthenticationToken", "refused"),
        ("NotAuthorized", "refused"),
        ("Blocked", "refused"),
        ("ExpiredToken", "refused"),
        ("ExpiredTokenException", "refused"),
        ("RequestExpired", "refused"),
        ("OptInRequired", "unavailable"),
        ("SubscriptionRequiredException", "unavailable"),
        ("InvalidAction", "unavailable"),
        ("UnsupportedOperation", "unavailable"),
        ("UnknownOperationException", "unavailable"),
        ("UnsupportedAPIEndpointException", "unavailable"),
        ("AWSOrganizationsNotInUseException", "unavailable"),
        ("RegionDisabledException", "unavailable"),
        ("RequestLimitExceeded", "failed"),
        ("InternalError", "failed"),
        ("InvalidVpcID.NotFound", "failed"),
        ("NotAccessDenied", "failed"),
        ("", "failed"),
    ],
)
def test_an_error_without_a_kind_is_told_by_its_code(code: str, kind: ErrorKind) -> None:
    assert kind_of(CallError(code=code)) == kind


def test_the_kind_that_an_error_states_wins_over_its_code() -> None:
    assert kind_of(CallError(code="AuthFailure", kind="unavailable")) == "unavailable"


def test_an_item_that_failed_alone_has_its_error() -> None:
    item = {"VpcId": "vpc-0a", "error": {"code": "InternalError", "parameter": "enableDnsSupport"}}
    assert item_error(item) == CallError(code="InternalError", parameter="enableDnsSupport")
    assert item_error({"VpcId": "vpc-0a"}) is None


# Completeness


@pytest.mark.parametrize(
    ("answer", "complete"),
    [
        pytest.param(Answer(items=[]), True, id="answered with nothing"),
        pytest.param(Answer(error=REFUSED), True, id="refused"),
        pytest.param(Answer(error=CallError(code="UnauthorizedOperation")), True, id="refused by its code"),
        pytest.param(Answer(error=CallError(code="OptInRequired")), True, id="not offered"),
        pytest.param(Answer(items=[{"VpcId": "vpc-0a", "error": {"kind": "refused"}}]), True, id="an item refused"),
        pytest.param(Answer(error=CallError(code="InternalError")), False, id="failed"),
        pytest.param(Answer(items=[{}], error=CallError(kind="failed")), False, id="failed after the first page"),
        pytest.param(Answer(items=[{}, {"error": {"kind": "failed"}}]), False, id="an item failed"),
        pytest.param(Answer(error=CallError(kind="refused", code="ExpiredToken")), False, id="the session ran out"),
        pytest.param(Answer(items=[{"error": {"code": "RequestExpired"}}]), False, id="it ran out at an item"),
    ],
)
def test_a_shard_is_complete_when_asking_again_would_bring_nothing(answer: Answer, complete: bool) -> None:
    assert is_complete(shard_of(DescribeVpcs=answer), {VPCS}) is complete


def test_a_shard_is_not_complete_while_an_action_was_not_asked() -> None:
    assert not is_complete(VPC_SHARD, {VPCS, ACLS})


def test_answers_beyond_the_actions_do_not_count() -> None:
    shard = shard_of(DescribeVpcs=Answer(items=[]), DescribeNetworkAcls=Answer(error=CallError(kind="failed")))
    assert is_complete(shard, {VPCS})


# Resuming


def resumed(shards: Mapping[Target, Answer], manifest: Manifest) -> list[Target]:
    storage = Memory()
    for target, answer in shards.items():
        action = "DescribeRegions" if target == WORLD else "DescribeVpcs"
        write_shard(storage, shard_of(target, **{action: answer}))
    return resume(storage, manifest, {VPCS}, {REGIONS})


def test_a_resumed_run_collects_what_is_absent_and_what_is_not_complete() -> None:
    paris = Target(ACCOUNT, "eu-west-3")
    shards = {IRELAND: Answer(items=[]), FRANKFURT: Answer(error=CallError(kind="failed"))}
    assert resumed(shards, manifest_of(IRELAND, FRANKFURT, paris)) == [FRANKFURT, paris, WORLD]


def test_a_resumed_run_of_a_whole_snapshot_collects_nothing() -> None:
    shards = {IRELAND: Answer(items=[]), WORLD: Answer(items=[])}
    assert resumed(shards, manifest_of(IRELAND)) == []


def test_a_resumed_run_does_not_collect_what_was_never_asked_for() -> None:
    shards = {FRANKFURT: Answer(error=CallError(kind="failed")), WORLD: Answer(items=[])}
    assert resumed(shards, manifest_of()) == []


def test_a_resumed_run_asks_for_the_actions_that_the_manifest_names() -> None:
    shards = {IRELAND: Answer(items=[]), WORLD: Answer(items=[])}
    storage = Memory()
    for target in shards:
        write_shard(storage, shard_of(target))
    assert resume(storage, manifest_of(IRELAND, actions=(VPCS,)), {VPCS, ACLS}, {REGIONS}) == [IRELAND]
    assert resume(storage, manifest_of(IRELAND, actions=()), {VPCS, ACLS}, {REGIONS}) == []
    assert resume(storage, manifest_of(IRELAND, actions=None), {VPCS, ACLS}, {REGIONS}) == [IRELAND, WORLD]


def test_the_shard_of_an_account_that_was_not_entered_is_never_complete() -> None:
    refused = Answer(error=CallError(kind="refused", code="AccessDenied"))
    closed = msgspec.structs.replace(shard_of(WORLD), answers={ASSUME_ROLE: refused})
    assert not is_complete(closed, ())
    storage = Memory()
    write_shard(storage, VPC_SHARD)
    write_shard(storage, closed)
    assert resume(storage, manifest_of(IRELAND), {VPCS}, ()) == [WORLD]
    write_shard(storage, shard_of(WORLD))
    assert resume(storage, manifest_of(IRELAND), {VPCS}, ()) == []


def test_a_resumed_run_collects_a_damaged_shard_again(folder: Folder) -> None:
    write_shard(folder, VPC_SHARD)
    assert resume(folder, manifest_of(IRELAND), {VPCS}, ()) == []
    folder.write(NAME, folder.read(NAME)[:-5])
    assert resume(folder, manifest_of(IRELAND), {VPCS}, ()) == [IRELAND]


def test_a_resumed_run_keeps_a_complete_shard_that_is_not_compressed(folder: Folder) -> None:
    put(folder, f"{ACCOUNT}/eu-west-1.json", envelope())
    assert resume(folder, manifest_of(IRELAND), {VPCS}, ()) == []


def test_a_resumed_run_does_not_write_beside_a_shard_that_is_not_compressed(folder: Folder) -> None:
    put(folder, f"{ACCOUNT}/eu-west-1.json", envelope(answers={}))
    with pytest.raises(SnapshotError) as caught:
        resume(folder, manifest_of(IRELAND), {VPCS}, ())
    name = f"{ACCOUNT}/eu-west-1.json"
    assert str(caught.value) == f"{name}: not complete, and would stand beside the new {name}.gz: delete it"
