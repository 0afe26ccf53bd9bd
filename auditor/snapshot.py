"""The snapshot: AWS's raw answers, one shard for each account and region."""

import base64
import gzip
import json
import os
import re
import tempfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import msgspec

SCHEMA = 1
"""The schema that this version writes, and the only one that it reads."""

MANIFEST = "manifest.json"

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z0-9-]+")
_SHARD_NAME = re.compile(r"([0-9]{12})/([^./][^/]*)\.json(\.gz)?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
_INNER_PLACE = re.compile(r" - at `\$([^`]*)`\Z")
"""How an error of msgspec ends, where its place is not the outermost one."""

_MemberT = TypeVar("_MemberT")


class SnapshotError(Exception):
    """A snapshot that cannot be read or written: one line that names the file, the place in it and what is wrong."""

    def __init__(self, message: str) -> None:
        # File names and parts of a broken file are text written by others: they must not break the line.
        super().__init__("".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in message))


class Target(msgspec.Struct, frozen=True, order=True):
    """An account and a region of it. Written ``<account>/<region>``."""

    account: str
    region: str

    def __str__(self) -> str:
        """The target's resource id in a finding."""
        return f"{self.account}/{self.region}"


GLOBAL = "global"
"""The region of the shard that holds what has no region."""

ASSUME_ROLE = "sts:AssumeRole"
"""The action under which an account's own shard says why the account was not entered."""

ASKED_ELSEWHERE = "AskedElsewhere"
"""The code of a call that was not made since another account answers it for all."""

ErrorKind = Literal["refused", "failed", "unavailable"]


class CallError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a call has no answer, or not a whole one."""

    code: str = ""
    message: str = ""
    kind: ErrorKind | None = None
    parameter: str | None = None
    """Which of the calls that fill one item failed, such as ``enableDnsSupport``."""
    parent: str | None = None
    """The action whose own error left this one without, or without all of, its parents."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer of one action: its items as botocore parsed them, and the error that ended it."""

    items: list[dict[str, Any]] | None = None
    error: CallError | None = None


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """What one account and region answered."""

    schema: Literal[1] = 1
    account_id: str
    region: str
    collected_at: str
    """ISO 8601 in UTC, ending in Z."""
    botocore: str = ""
    answers: dict[str, Answer]

    @property
    def target(self) -> Target:
        """The shard's account and region."""
        return Target(self.account_id, self.region)

    def items(self, action: str) -> list[dict[str, Any]]:
        """The raw items that an action answered; empty where it was not asked."""
        answer = self.answers.get(action)
        return list(answer.items or ()) if answer else []


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """The program that wrote a snapshot."""

    name: str
    version: str


class ManifestTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A target as the manifest spells it."""

    account_id: str
    region: str

    @property
    def target(self) -> Target:
        """The account and region."""
        return Target(self.account_id, self.region)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for, when it ran, and by which version."""

    schema: Literal[1] = 1
    tool: Tool
    botocore: str = ""
    started_at: str
    """ISO 8601 in UTC, ending in Z."""
    finished_at: str | None = None
    """None while the run lasts, and for ever where it broke."""
    targets: tuple[ManifestTarget, ...]
    actions: tuple[str, ...] | None = None
    """Every declared action, region ones and global ones alike; None where the snapshot does not tell."""


@dataclass(frozen=True)
class Snapshot:
    """All shards of one run, in the order of account and region."""

    shards: Mapping[Target, Shard]
    """The shards of the regions."""
    accounts: Mapping[str, Shard]
    """The global shards, by account."""
    manifest: Manifest
    """The targets asked for; those of them that have no shard were not collected."""


class Storage(Protocol):
    """Where the files of a snapshot are. Names are relative, with ``/`` between folder and file.

    Every method raises SnapshotError, with the place and the reason, where the storage does not answer.
    """

    def read(self, name: str) -> bytes:
        """The content of a file."""

    def write(self, name: str, content: bytes) -> None:
        """Write or replace a file, whole or not at all."""

    def names(self) -> list[str]:
        """The names of the files beside the manifest and in the accounts' folders, sorted."""


@dataclass(frozen=True)
class Folder:
    """A snapshot in a local folder, readable by its owner alone."""

    root: Path

    def __str__(self) -> str:
        return str(self.root)

    def read(self, name: str) -> bytes:
        """The content of a file; SnapshotError where it cannot be read."""
        try:
            return (self.root / name).read_bytes()
        except OSError as error:
            raise SnapshotError(f"{self.root / name}: cannot be read: {error.strerror}") from error

    def write(self, name: str, content: bytes) -> None:
        """Write or replace a file and make its folders; SnapshotError, and the old file kept, where that fails.

        The manifest comes first and makes the snapshot's own folder: one that is gone later is not made again.
        """
        path = self.root / name
        try:
            if name == MANIFEST:
                self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            else:
                path.parent.mkdir(mode=0o700, exist_ok=True)
            # mkstemp gives mode 0600. In the same folder, a rename replaces the old file in one step.
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
            try:
                with open(descriptor, "wb") as file:
                    file.write(content)
                os.replace(temporary, path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise SnapshotError(f"{path}: cannot be written: {error.strerror}") from error

    def names(self) -> list[str]:
        """The names of the files beside the manifest and in the accounts' folders, sorted."""
        try:
            if not self.root.is_dir():
                raise SnapshotError(f"{self.root}: {'not a folder' if self.root.exists() else 'no such folder'}")
            names = []
            for path in self.root.iterdir():
                if path.is_file():
                    names.append(path.name)
                elif _ACCOUNT.fullmatch(path.name) and path.is_dir():
                    names += [f"{path.name}/{file.name}" for file in path.iterdir() if file.is_file()]
        except OSError as error:
            raise SnapshotError(f"{error.filename}: cannot be read: {error.strerror}") from error
        return sorted(names)


def write_manifest(storage: Storage, manifest: Manifest) -> None:
    """Write or replace a snapshot's manifest; SnapshotError where the storage fails."""
    storage.write(MANIFEST, _encode(MANIFEST, manifest))


@dataclass(frozen=True)
class PackedShard:
    """A shard as a file of the snapshot holds it: small enough to pass from one process to another."""

    target: Target
    content: bytes


def pack_shard(shard: Shard) -> PackedShard:
    """A shard, packed; the same answers give the same bytes.

    Times in the answers become ISO 8601 in UTC, bytes Base64. SnapshotError where the shard's account or region is
    malformed, or where an answer holds what JSON cannot.
    """
    wrong = _malformed(shard.account_id, shard.region)
    if wrong:
        raise SnapshotError(f"the shard cannot be written: {wrong}")
    return PackedShard(
        shard.target, gzip.compress(_encode(_packed_name(shard.target), shard), compresslevel=6, mtime=0)
    )


def write_packed(storage: Storage, packed: PackedShard) -> None:
    """Write or replace a shard; SnapshotError where the storage fails."""
    storage.write(_packed_name(packed.target), packed.content)


def write_shard(storage: Storage, shard: Shard) -> None:
    """Pack a shard, and write or replace it; SnapshotError as of the two."""
    write_packed(storage, pack_shard(shard))


def _packed_name(target: Target) -> str:
    return f"{target}.json.gz"


def read_manifest(storage: Storage) -> Manifest:
    """A snapshot's manifest; SnapshotError where there is none or where it is malformed."""
    if MANIFEST not in storage.names():
        raise SnapshotError(f"{storage}: no {MANIFEST}: give the folder that a collection wrote")
    content = storage.read(MANIFEST)
    _check_schema(MANIFEST, content)
    manifest = _decode(MANIFEST, content, Manifest)
    for member, time in (("started_at", manifest.started_at), ("finished_at", manifest.finished_at)):
        if time is not None:
            _check_time(MANIFEST, f"$.{member}", time)
    seen = set[Target]()
    for index, asked in enumerate(manifest.targets):
        wrong = _malformed(asked.account_id, asked.region)
        if asked.target in seen:
            wrong = f"{asked.target} is named twice"
        if wrong:
            raise SnapshotError(f"{MANIFEST}: $.targets[{index}]: {wrong}")
        seen.add(asked.target)
    return manifest


def read_snapshot(storage: Storage) -> Snapshot:
    """All shards of a snapshot, whether its manifest names them or not.

    SnapshotError for the first file that is cut, malformed, of another schema, or not in its own place.
    """
    manifest = read_manifest(storage)
    regions: dict[Target, _ShardFile] = {}
    accounts: dict[str, Shard] = {}
    for target, name in sorted(_shard_names(storage).items()):
        file = _ShardFile(name, target, storage.read(name))
        shard = file.shard()
        if target.region == GLOBAL:
            accounts[target.account] = shard
        else:
            regions[target] = file
    return Snapshot(shards=_Shards(regions), accounts=accounts, manifest=manifest)


@dataclass(frozen=True)
class _ShardFile:
    """A shard as its file holds it."""

    name: str
    target: Target
    content: bytes

    def shard(self) -> Shard:
        return _decode_shard(self.name, self.target, self.content)


class _Shards(Mapping[Target, Shard]):
    """Shards that are decoded each time they are asked for: decoded, one takes some sixty times its file."""

    def __init__(self, files: Mapping[Target, _ShardFile]) -> None:
        self._files = files

    def __getitem__(self, target: Target) -> Shard:
        return self._files[target].shard()

    def __iter__(self) -> Iterator[Target]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


# The common errors of all services, and EC2's own: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
_REFUSED = re.compile(
    r"AccessDenied.*|AuthFailure|Blocked|ExpiredToken.*|InvalidClientTokenId|MissingAuthenticationToken(Exception)?"
    r"|NotAuthorized(Exception)?|RequestExpired|SignatureDoesNotMatch|UnauthorizedOperation|UnrecognizedClientException"
)
_UNAVAILABLE = re.compile(
    r"AWSOrganizationsNotInUseException|InvalidAction|OptInRequired|RegionDisabledException"
    r"|SubscriptionRequiredException|UnknownOperation(Exception)?|UnsupportedAPIEndpointException"
    r"|UnsupportedOperation(Exception)?"
)
_SESSION_OVER = re.compile(r"ExpiredToken.*|RequestExpired")


def kind_of(error: CallError) -> ErrorKind:
    """Whether the call was refused, failed, or is not offered there: as the error says, else by its code."""
    if error.kind:
        return error.kind
    if _REFUSED.fullmatch(error.code):
        return "refused"
    return "unavailable" if _UNAVAILABLE.fullmatch(error.code) else "failed"


def session_over(code: str) -> bool:
    """Whether a call with this error code was refused since its session had ended: the next may be answered."""
    return _SESSION_OVER.fullmatch(code) is not None


def item_error(item: Mapping[str, Any]) -> CallError | None:
    """The error of an item that failed alone; None where it did not."""
    return msgspec.convert(item["error"], CallError) if "error" in item else None


def is_complete(shard: Shard, actions: Iterable[str]) -> bool:
    """Whether each action is answered, refused or unavailable, and so is each of its items.

    An action that was not asked is not, nor is one that failed or whose session ran out: asking again may answer it.
    The shard of an account that was not entered never is: its door may be open by now.
    """
    return ASSUME_ROLE not in shard.answers and all(_is_settled(shard.answers.get(action)) for action in actions)


def resume(storage: Storage, manifest: Manifest, regional: Collection[str], worldwide: Collection[str]) -> list[Target]:
    """The targets that a resumed run must collect: those asked for whose shard is absent, broken or not complete.

    ``regional`` and ``worldwide`` are the declared actions of the regions' shards and of the global ones; those that
    the manifest does not name are left out. A global shard is the target ``<account>/global``. SnapshotError where a
    target has two files, or where the new shard would stand beside an old one that is not compressed.
    """
    files = _shard_names(storage)
    asked = {each.target for each in manifest.targets}
    # Without a worldwide action, an account's own shard is there only if it says that the account was not entered.
    owns = {Target(target.account, GLOBAL) for target in asked}
    asked |= owns if worldwide else owns & files.keys()
    pending = []
    for target in sorted(asked):
        actions = set(worldwide if target.region == GLOBAL else regional)
        if manifest.actions is not None:
            actions.intersection_update(manifest.actions)
        name = files.get(target)
        if name is not None and _is_whole(storage, name, target, actions):
            continue
        if name is not None and not name.endswith(".gz"):
            raise SnapshotError(f"{name}: not complete, and would stand beside the new {name}.gz: delete it")
        pending.append(target)
    return pending


def _is_settled(answer: Answer | None) -> bool:
    if answer is None:
        return False
    errors = [answer.error, *(item_error(item) for item in answer.items or ())]
    return not any(error and (kind_of(error) == "failed" or session_over(error.code)) for error in errors)


def _is_whole(storage: Storage, name: str, target: Target, actions: Iterable[str]) -> bool:
    try:
        return is_complete(_decode_shard(name, target, storage.read(name)), actions)
    except SnapshotError:
        return False


def _shard_names(storage: Storage) -> dict[Target, str]:
    """The file of each shard; what does not look like one is left alone."""
    files: dict[Target, str] = {}
    for name in storage.names():
        match = _SHARD_NAME.fullmatch(name)
        if not match:
            continue
        target = Target(match[1], match[2])
        if not _REGION.fullmatch(target.region):
            raise SnapshotError(f"{name}: the file is not named after a region: rename it, or move it away")
        if target in files:
            raise SnapshotError(f"{name}: {files[target]} is the same target: delete one of the two")
        files[target] = name
    return files


class _Schema(msgspec.Struct):
    """The one member that every schema has."""

    schema: int


class _Envelope(msgspec.Struct, kw_only=True):
    """A shard whose answers are decoded one by one, since msgspec does not say in which of them an error is."""

    account_id: str
    region: str
    collected_at: str
    botocore: str = ""
    answers: dict[str, msgspec.Raw]


def _decode_shard(name: str, target: Target, content: bytes) -> Shard:
    if name.endswith(".gz"):
        try:
            content = gzip.decompress(content)
        except EOFError as error:
            raise SnapshotError(f"{name}: the file is cut: collect this target again") from error
        except (OSError, zlib.error) as error:
            raise SnapshotError(f"{name}: not a gzip file, or a damaged one: collect this target again") from error
    _check_schema(name, content)
    envelope = _decode(name, content, _Envelope)
    for member, found, expected in (
        ("account_id", envelope.account_id, target.account),
        ("region", envelope.region, target.region),
    ):
        if found != expected:
            raise SnapshotError(f'{name}: $.{member}: expected "{expected}" as in the file\'s name, got "{found}"')
    _check_time(name, "$.collected_at", envelope.collected_at)
    return Shard(
        account_id=envelope.account_id,
        region=envelope.region,
        collected_at=envelope.collected_at,
        botocore=envelope.botocore,
        answers={
            action: _read_answer(name, f"$.answers[{json.dumps(action)}]", raw)
            for action, raw in envelope.answers.items()
        },
    )


def _read_answer(name: str, place: str, raw: msgspec.Raw) -> Answer:
    answer = _decode(name, raw, Answer, place)
    if answer.items is None and answer.error is None:
        # Taken for an empty list, it would say that there is nothing.
        raise SnapshotError(f"{name}: {place}: expected items or error, got neither")
    for index, item in enumerate(answer.items or ()):
        try:
            item_error(item)
        except msgspec.ValidationError as error:
            raise _wrong(name, f"{place}.items[{index}].error", error) from error
    return answer


def _decode(name: str, content: bytes | msgspec.Raw, shape: type[_MemberT], place: str = "$") -> _MemberT:
    """What a part of a file holds; SnapshotError, with the file and the place, where it has another shape."""
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.DecodeError as error:
        raise _wrong(name, place, error) from error
    except UnicodeDecodeError as error:
        raise SnapshotError(f"{name}: {place}: not UTF-8") from error
    except RecursionError as error:
        raise SnapshotError(f"{name}: {place}: nested too deep") from error


def _wrong(name: str, place: str, error: msgspec.DecodeError) -> SnapshotError:
    """msgspec's sentence in the form ``<file>: <place>: expected array, got object``."""
    place += "".join(_INNER_PLACE.findall(str(error)))
    what = _INNER_PLACE.sub("", str(error)).replace("`", "").replace(" | null", "")
    what = what.replace("Input data was truncated", "the JSON ends too early").replace("JSON is malformed", "not JSON")
    return SnapshotError(f"{name}: {place}: {what[0].lower()}{what[1:]}")


def _check_schema(name: str, content: bytes) -> None:
    # Alone and first: a newer schema may have another shape, and its version is what the reader must be told.
    schema = _decode(name, content, _Schema).schema
    if schema > SCHEMA:
        raise SnapshotError(
            f"{name}: written by a newer vpc-auditor: it has schema {schema}, this version reads {SCHEMA}: update it"
        )
    if schema < SCHEMA:
        raise SnapshotError(f"{name}: $.schema: expected {SCHEMA}, got {schema}")


def _check_time(name: str, place: str, time: str) -> None:
    try:
        valid = _TIME.fullmatch(time) is not None and datetime.fromisoformat(time) is not None
    except ValueError:
        valid = False
    if not valid:
        raise SnapshotError(f'{name}: {place}: expected a time such as "2026-11-23T12:00:00Z", got "{time}"')


def _malformed(account: str, region: str) -> str:
    """What is wrong with the names that make a shard's path; empty where they are well formed."""
    if not _ACCOUNT.fullmatch(account):
        return f'account_id: expected 12 digits, got "{account}"'
    if not _REGION.fullmatch(region):
        return f'region: expected a name such as "eu-west-1", got "{region}"'
    return ""


def _encode(name: str, content: Shard | Manifest) -> bytes:
    try:
        plain = msgspec.to_builtins(content, builtin_types=(bytes, datetime))
        text = json.dumps(plain, default=_text, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise SnapshotError(f"{name}: cannot be written: {error}") from error
    # Half of a surrogate pair, which a service's JSON may hold, has no place in UTF-8.
    return text.encode(errors="replace")


def _text(value: bytes | datetime) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    # botocore gives the times of some protocols in the zone of the machine.
    zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).isoformat().replace("+00:00", "Z")
