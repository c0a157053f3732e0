"""What a careless change looks like: the operators that make mutants, cosmic-ray's and ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Protocol

import parso
from cosmic_ray.operators import (
    binary_operator_replacement,
    boolean_replacer,
    break_continue,
    comparison_operator_replacement,
    exception_replacer,
    number_replacer,
    unary_operator_replacement,
    zero_iteration_for_loop,
)

parse: Callable[[str], Any] = parso.parse

Position = tuple[int, int]  # line and column
Span = tuple[Position, Position]


class Operator(Protocol):
    """How cosmic-ray sees an operator."""

    def mutation_positions(self, node: Any) -> Iterator[Span]: ...

    def mutate(self, node: Any, index: int) -> Any: ...


class DropStatement:
    """Leave out a call whose result nobody uses, an assignment to an attribute, or a raise."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if _statement(node) and (_called(node) or _stored(node) or node.type == "raise_stmt"):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        return _written("pass", node)


class SwapStatements:
    """Have two neighbours the other way round: two refusals, or two calls."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        for first, second in _neighbours(node):
            yield first.start_pos, second.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        first, second = list(_neighbours(node))[index]
        place = node.children.index(first)
        node.children[place], node.children[place + 1] = second, first
        return node


class ReturnNothing:
    """Return None."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type == "return_stmt" and node.children[1].get_code().strip() != "None":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        return _written("return None", node)


class DropArgument:
    """Leave out an argument that is given by name."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type == "argument" and _in_arglist(node) and node.children[1] == "=":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        return _argument("**{}", node)


class DropCondition:
    """Leave out one side of an `and` or `or`."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type in ("and_test", "or_test"):
            for _ in node.children[::2]:
                yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        kept = node.children[0 if index else 2].get_code().strip()
        rest = [child for place, child in enumerate(node.children[::2]) if place != index]
        word = f" {node.children[1].value} "
        text = word.join(child.get_code().strip() for child in rest) if len(rest) > 1 else kept
        return _written(f"({text})", node)


class NegateMembership:
    """Ask `not in` where `in` is asked, and the other way round."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type == "comparison" and _membership(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        word = "in" if _membership(node) == "not in" else "not in"
        left, right = node.children[0].get_code(), node.children[2].get_code().strip()
        return _written(f"{left.strip()} {word} {right}", node)


def _membership(node: Any) -> str | None:
    word = " ".join(node.children[1].get_code().split())
    return word if word in ("in", "not in") else None


def _statement(node: Any) -> bool:
    return node.parent is not None and node.parent.type == "simple_stmt"


def _called(node: Any) -> bool:
    return node.type in ("atom_expr", "power") and node.children[-1].get_code().startswith("(")


def _stored(node: Any) -> bool:
    if node.type != "expr_stmt" or node.children[0].type not in ("atom_expr", "power"):
        return False
    # Whatever an `__init__` leaves out is missed at once.
    function = node.search_ancestor("funcdef")
    return function is not None and function.name.value != "__init__"


def _in_arglist(node: Any) -> bool:
    return node.parent is not None and node.parent.type in ("arglist", "trailer")


def _neighbours(node: Any) -> Iterator[tuple[Any, Any]]:
    if node.type in ("suite", "file_input"):
        for first, second in pairwise(node.children):
            if (_refusal(first) and _refusal(second)) or (_calls(first) and _calls(second)):
                yield first, second


def _calls(node: Any) -> bool:
    return node.type == "simple_stmt" and _called(node.children[0])


def _refusal(node: Any) -> bool:
    return (node.type == "if_stmt" and "raise " in node.get_code()) or _requires(node)


def _requires(node: Any) -> bool:
    return node.type == "simple_stmt" and ".require(" in node.get_code()


def _written(text: str, node: Any) -> Any:
    """Text as a node in the place of another."""
    made = parse(text + "\n").children[0].children[0]
    made.get_first_leaf().prefix = node.get_first_leaf().prefix
    return made


def _argument(text: str, node: Any) -> Any:
    """Text as an argument in the place of another."""
    made = parse(f"call({text})\n").children[0].children[0].children[1].children[1]
    made.get_first_leaf().prefix = node.get_first_leaf().prefix
    return made


def _library() -> Iterator[tuple[str, Operator]]:
    pairs = (
        *(("Lt", "LtE"), ("LtE", "Lt"), ("Gt", "GtE"), ("GtE", "Gt")),
        *(("Eq", "NotEq"), ("NotEq", "Eq"), ("Is", "IsNot"), ("IsNot", "Is")),
    )
    for first, second in pairs:
        name = f"ReplaceComparisonOperator_{first}_{second}"
        yield f"{first} to {second}", getattr(comparison_operator_replacement, name)()
    for first, second in (("Add", "Sub"), ("Sub", "Add"), ("Mul", "FloorDiv"), ("BitAnd", "BitOr")):
        name = f"ReplaceBinaryOperator_{first}_{second}"
        yield f"{first} to {second}", getattr(binary_operator_replacement, name)()
    yield "drop not", unary_operator_replacement.ReplaceUnaryOperator_Delete_Not()
    yield "add not", boolean_replacer.AddNot()
    yield "True to False", boolean_replacer.ReplaceTrueWithFalse()
    yield "False to True", boolean_replacer.ReplaceFalseWithTrue()
    yield "and to or", boolean_replacer.ReplaceAndWithOr()
    yield "or to and", boolean_replacer.ReplaceOrWithAnd()
    yield "break to continue", break_continue.ReplaceBreakWithContinue()
    yield "continue to break", break_continue.ReplaceContinueWithBreak()
    yield "another exception", exception_replacer.ExceptionReplacer()
    yield "another number", number_replacer.NumberReplacer()
    yield "no iteration", zero_iteration_for_loop.ZeroIterationForLoop()


OPERATORS: dict[str, Operator] = {
    **dict(_library()),
    "drop statement": DropStatement(),
    "swap statements": SwapStatements(),
    "return nothing": ReturnNothing(),
    "drop argument": DropArgument(),
    "drop condition": DropCondition(),
    "negate in": NegateMembership(),
}
