"""Reading a contract: the file it lives in, the references inside it, and its canonical text."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

YAML_SUFFIXES = frozenset({".yaml", ".yml"})

# The scalars of YAML 1.2's JSON schema. PyYAML's own table is YAML 1.1, where the language code
# `yes` is a boolean and a date is an object: both would be lost facts.
_YAML_SCALARS = (
    ("null", r"^(?:null|~|)$"),
    ("bool", r"^(?:true|false)$"),
    ("int", r"^-?(?:0|[1-9][0-9]*)$"),
    ("float", r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
)


class ContractError(ValueError):
    """A file or document that cannot serve as a contract; the message says what to do about it."""


def load(path: Path | str) -> dict[str, Any]:
    """Read a JSON document, or a YAML one if the file's suffix is `.yaml` or `.yml`.

    Raises `ContractError`, naming the file, if it cannot be read, does not parse, or holds
    something else than an object. YAML is read by the rules of YAML 1.2, as OpenAPI prescribes;
    keys that are not text, such as the status `200`, become text.
    """
    file = Path(path)
    content = read(file)
    parse, kind = (_yaml, "YAML") if file.suffix.lower() in YAML_SUFFIXES else (json.loads, "JSON")
    try:
        document: Any = parse(content)
    except ValueError as error:
        reason = " ".join(str(error).split())
        message = f"{file}: is not {kind} ({reason}); give a .json, .yaml or .yml file."
        raise ContractError(message) from error
    if not isinstance(document, dict):
        raise ContractError(
            f"{file}: holds no {kind} object; give an OpenAPI document or a digest."
        )
    return cast("dict[str, Any]", document)


def read(path: Path | str) -> bytes:
    """The bytes of a file. Raises `ContractError`, naming the file, if it cannot be read."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        message = f"{path}: there is no such file; give the path of a document."
        raise ContractError(message) from error
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); give the path of a readable file."
        raise ContractError(message) from error


def resolve(document: Mapping[str, Any], reference: str) -> Any:
    """The target of a `$ref`: a JSON pointer into the same document (RFC 6901).

    Raises `ContractError` for a reference to another document, or to nothing.
    """
    if reference != "#" and not reference.startswith("#/"):
        raise ContractError(f"the reference {reference!r} leaves the document; bundle it into one.")
    target: Any = document
    for part in unquote(reference).split("/")[1:]:
        target = _member(target, part.replace("~1", "/").replace("~0", "~"), reference)
    return target


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """`value` as an object. Raises `ContractError`, naming the place, if it is anything else."""
    if not isinstance(value, Mapping):
        raise ContractError(f"{where} is not an object; mend the document there.")
    return cast("Mapping[str, Any]", value)


def sequence(value: Any, where: str) -> Sequence[Any]:
    """`value` as a list. Raises `ContractError`, naming the place, if it is anything else."""
    if not isinstance(value, list | tuple):
        raise ContractError(f"{where} is not a list; mend the document there.")
    return cast("Sequence[Any]", value)


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces. Unlike `==`, it tells 1 from true."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(value: Any) -> Any:
    """The same JSON value with one spelling per number: 1.0 becomes 1."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {str(key): plain(member) for key, member in members.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("Sequence[Any]", value)]
    return value


def _yaml(content: bytes) -> Any:
    # Loaded late: most runs read JSON and need no YAML parser.
    import yaml

    loader = yaml.SafeLoader(content)
    scalars = [(f"tag:yaml.org,2002:{name}", re.compile(form)) for name, form in _YAML_SCALARS]
    loader.yaml_implicit_resolvers = {None: scalars}
    try:
        return plain(loader.get_single_data())
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    finally:
        loader.dispose()


def _member(target: Any, key: str, reference: str) -> Any:
    if isinstance(target, Mapping) and key in target:
        return cast("Mapping[str, Any]", target)[key]
    if isinstance(target, list) and key.isdecimal():
        items = sequence(target, reference)
        if int(key) < len(items):
            return items[int(key)]
    raise ContractError(f"the reference {reference!r} points at nothing; mend the document there.")
