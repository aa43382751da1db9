"""Whether a schema keeps what a released version of it promised: only optional additions.

Both are walked side by side, `$ref`s followed, keyword by keyword; words for people are left out. A consumers' schema has to
hold for what older workers have written, and older schemas for what this one writes: what is said of a known field stays the
same, and only fields that may be absent come in. A producers' schema may ask for less, never for more.

Law: what this cannot judge counts as a break. A false alarm costs a look, a missed one breaks other people's programs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["producers", "consumers"]

FOR_PEOPLE = frozenset(
    {"$schema", "$id", "$comment", "$defs", "title", "description", "examples", "default", "deprecated"}
)
UPPER = frozenset({"maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"})
LOWER = frozenset({"minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"})
NAMED = frozenset({"properties", "patternProperties"})
"""Keywords below which names stand that are no keywords: a property may be called `title`."""


def breaks(old: Any, new: Any, side: Side) -> list[str]:
    """What the new schema breaks of the old one, a line each, with its place; empty where it only adds what is optional.

    >>> text = {"properties": {"a": {"type": "string", "maxLength": 9}}}
    >>> more = {"properties": {"a": {"type": "string", "maxLength": 10}, "b": {}}, "additionalProperties": True}
    >>> breaks(text, more, "consumers")
    ['$.additionalProperties: is new', '$.properties.a.maxLength: was 9, is 10']
    """
    return list(_Walk(old, new, side == "producers").schema(old, new, "$"))


@dataclass(frozen=True, slots=True)
class _Walk:
    old_root: Any
    new_root: Any
    may_loosen: bool
    adds: bool = True
    """Whether fields may come in here: not in a condition, where they would say more of fields that are known."""

    def schema(self, old: Any, new: Any, path: str) -> Iterator[str]:
        before, after = _plain(old, self.old_root), _plain(new, self.new_root)
        for keyword in sorted(before.keys() | after.keys()):
            here = f"{path}.{keyword}"
            if keyword == "properties":
                yield from self._properties(before, after, here)
            elif keyword in {"then", "else", "items"}:
                walk = self if keyword == "items" else self._condition()
                yield from walk.schema(before.get(keyword, {}), after.get(keyword, {}), here)
            elif keyword in before and keyword in after:
                yield from self._keyword(keyword, before[keyword], after[keyword], here)
            elif keyword in after:
                yield f"{here}: is new"
            elif not self.may_loosen or keyword == "if":
                yield f"{here}: is gone"

    def _keyword(self, keyword: str, old: Any, new: Any, path: str) -> Iterator[str]:
        if keyword in {"type", "enum", "required"}:
            yield from self._lists(keyword, old, new, path)
        elif keyword in {"allOf", "anyOf", "oneOf"}:
            yield from self._alternatives(keyword, old, new, path)
        elif not self._same_or_looser(keyword, old, new):
            yield f"{path}: was {old}, is {new}"

    def _same_or_looser(self, keyword: str, old: Any, new: Any) -> bool:
        if _bare(old, self.old_root, keyword) == _bare(new, self.new_root, keyword):
            return True
        if not self.may_loosen:
            return False
        if keyword in UPPER | LOWER:
            return bool(new > old if keyword in UPPER else new < old)
        return keyword == "additionalProperties" and new is True

    def _properties(self, old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name in after:
                yield from self.schema(before[name], after[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}: is gone"
        closed = old.get("additionalProperties") is False
        if not self.adds or (self.may_loosen and not closed):  # what could stand there freely would be held to a rule
            yield from (f"{path}.{name}: is new where anything could stand" for name in after if name not in before)

    def _lists(self, keyword: str, old: Any, new: Any, path: str) -> Iterator[str]:
        """Lists whose order means nothing."""
        lost, added = [v for v in old if v not in new], [v for v in new if v not in old]
        if keyword == "type" and "number" in new and "integer" in lost and self.may_loosen:
            lost.remove("integer")
        if keyword == "required":
            lost, added = added, lost  # it is the shorter list that takes more
        yield from (f"{path}: {value!r} is {'new' if keyword == 'required' else 'gone'}" for value in lost)
        if not self.may_loosen:
            yield from (f"{path}: {value!r} is {'gone' if keyword == 'required' else 'new'}" for value in added)

    def _alternatives(self, keyword: str, old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[str]:
        """One by one, in their order. Only `anyOf` takes more the longer it is, and in `oneOf` more may be too much."""
        if len(new) < len(old) or (len(new) > len(old) and not (self.may_loosen and keyword == "anyOf")):
            yield f"{path}: was {len(old)} schemas, is {len(new)}"
        walk = _Walk(self.old_root, self.new_root, may_loosen=False) if keyword == "oneOf" else self._condition()
        for n, (before, after) in enumerate(zip(old, new, strict=False)):
            yield from walk.schema(before, after, f"{path}[{n}]")

    def _condition(self) -> "_Walk":
        return _Walk(self.old_root, self.new_root, self.may_loosen, adds=False)


def _plain(schema: Any, root: Any) -> dict[str, Any]:
    """A schema's own keywords and those of what it refers to, in one spelling, without words for people."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    plain = {keyword: value for keyword, value in schema.items() if keyword not in FOR_PEOPLE}
    if "$ref" in plain:
        target = _plain(_target(plain.pop("$ref"), root), root)
        if target.keys() & plain.keys():
            raise ValueError(f"a $ref beside the same keywords: {sorted(target.keys() & plain.keys())}")
        plain |= target
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    if isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"]]
    return plain


def _target(reference: str, root: Any) -> Any:
    """What a reference within the file leads to; another one is an error, for each file stands alone."""
    if not reference.startswith("#/"):
        raise ValueError(f"leads out of the file: {reference}")
    for step in reference.removeprefix("#/").split("/"):
        root = root[step]
    return root


def _bare(value: Any, root: Any, keyword: str = "") -> Any:
    """A value with all references followed and no words for people, to be compared as a whole."""
    if keyword in NAMED:
        return {name: _bare(part, root) for name, part in value.items()}
    if isinstance(value, dict):
        return {k: _bare(part, root, k) for k, part in _plain(value, root).items()}
    return [_bare(part, root) for part in value] if isinstance(value, list) else value
