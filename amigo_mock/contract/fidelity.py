"""Where this fake is kinder than the published contract, and what it had to assume.

The two tables are the whole truth: nothing else may be lenient, and no behaviour that a document
leaves open goes unnamed. The README shows them; a test keeps it in step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError


@dataclass(frozen=True)
class Leniency:
    """Something that is accepted, with a warning, although the published contract forbids it."""

    id: str
    where: str
    published: str
    ours: str


@dataclass(frozen=True)
class Assumption:
    """Behaviour that no document settles, why it is as it is, and the test that pins it."""

    id: str
    where: str
    behaviour: str
    reason: str
    test: str


LENIENCIES = (
    Leniency(
        "version-variables",
        "create persona, create persona version",
        "user_models, nonsensitive_user_variables and sensitive_user_variables are required",
        "left out, they are stored as [] and {}, as the guide's printed examples expect",
    ),
    Leniency(
        "sort-field",
        "sort_by when listing personas or scenarios",
        "sort_by knows only the field updated_at",
        "created_at and name are accepted too, as the guide names them",
    ),
    Leniency(
        "repeated-value",
        "id, role, creator and other filters by several values",
        "the values of a filter must differ from one another",
        "a value given twice counts once, as the service's own framework has it for sets",
    ),
)

ASSUMPTIONS = (
    Assumption(
        "credentials",
        "every operation but the sign-in",
        "Bearer or Basic is enough, X-ORG-ID is optional",
        "the published document asks for all three at once, which no client sends",
        "state/test_access.py::test_basic_takes_the_token_as_password",
    ),
    Assumption(
        "other-organization",
        "X-ORG-ID",
        "a user who comes from another organization has the grants of their own one",
        "the documents name the header and leave open what its bearer may do",
        "resources/test_permissions.py::test_a_user_of_another_organization",
    ),
    Assumption(
        "rate-limit-window",
        "rate limits",
        "a window opens with the first request of a user to an operation and lasts a minute; "
        "refused requests count; rate_limit_scope can make it the organization's",
        "only the number a minute is published",
        "state/test_limits.py::test_a_window_closes_a_minute_after_it_opened",
    ),
    Assumption(
        "sign-in-caller",
        "rate limit of the sign-in",
        "counted by the x-user-id that is asked for",
        "nobody has proven to be anybody yet",
        "state/test_limits.py::test_sign_ins_are_counted_by_the_user_asked_for",
    ),
    Assumption(
        "permission-first",
        "403 and 404",
        "a caller with no grant at all for an operation gets 403 before 404, others 404 before 403",
        "who may see nothing should not learn what there is",
        "resources/test_permissions.py::test_without_any_grant_a_record_is_not_even_looked_for",
    ),
    Assumption(
        "closed-conditions",
        "grants",
        "an attribute that a record does not have satisfies no condition, not even NotEquals; "
        "a dot goes into a field, as in creator.user_id",
        "a misspelt condition should close a door, not open it",
        "state/test_access.py::test_what_a_condition_covers",
    ),
    Assumption(
        "search-terms",
        "search",
        "a term is a whole word, case folded; all must be found; one in the name weighs eight in "
        "the background; equal matches come oldest first; a query without a word finds nothing",
        "relevance is published as a word, not as a rule",
        "resources/test_shared_search.py::test_a_term_stands_for_itself",
    ),
    Assumption(
        "filter-values",
        "filter_values of a list",
        "sorted, and taken over deleted records too",
        "the documents say over everything in the organization",
        "resources/test_shared_lists.py::test_filter_values_are_taken_over_everything",
    ),
    Assumption(
        "empty-page",
        "limit=0",
        "no records, has_more true if there are any, and the same continuation_token again",
        "the bound of 0 is published, its meaning is not",
        "resources/test_shared_lists.py::test_a_limit_of_0",
    ),
    Assumption(
        "tag-filter",
        "tag filter",
        "the first colon ends the key; a filter without a colon or without a key is a 422",
        "the form key:value is published, what breaks it is not",
        "resources/test_shared_lists.py::test_malformed_filters_are_refused",
    ),
    Assumption(
        "sort-ties",
        "sort_by",
        "ties stand in order of creation, reversed if the last field descends",
        "some order they must have, and always the same",
        "resources/test_shared_lists.py::test_orders",
    ),
    Assumption(
        "version-selector",
        "version of a version list",
        "0 and numbers beyond the last select nothing; N-latest with N beyond the last too",
        "only their form can be wrong, and it is not",
        "resources/test_shared_versions.py::test_selectors",
    ),
    Assumption(
        "empty-update",
        "update of a persona or scenario",
        "an update that changes no tags still moves updated_at and updated_by",
        "it was updated, by someone",
        "resources/test_shared.py::test_an_update_says_who_and_when",
    ),
    Assumption(
        "milliseconds",
        "timestamps",
        "UTC with milliseconds, as 2026-01-31T12:00:00.123000Z",
        "the service keeps its records in a store that has no finer ones",
        "state/test_clock.py::test_times_are_cut_to_milliseconds",
    ),
    Assumption(
        "conversation-time",
        "conversation_starts_at",
        "date, time and offset in a string, kept in UTC; numbers and other times are 422",
        "the published format is date-time, which has an offset",
        "resources/test_scenarios.py::test_other_times_are_refused",
    ),
    Assumption(
        "json-only",
        "request bodies",
        "a body that does not say it is JSON is a 422, one without a content type too",
        "JSON is the only published content type",
        "engine/test_pipeline.py::test_a_body_that_is_not_sent_as_json_is_422",
    ),
    Assumption(
        "body-size",
        "request bodies",
        "more than max_body_size bytes, 10 MiB if not set, are a 413",
        "every service has a bound; this one is not published",
        "engine/test_pipeline.py::test_a_body_over_the_limit_is_413",
    ),
    Assumption(
        "unknown-fields",
        "request bodies and queries",
        "fields and parameters that are not published are passed over",
        "the published schemas do not forbid them",
        "engine/test_pipeline.py::test_unknown_fields_are_passed_over",
    ),
    Assumption(
        "last-value",
        "queries and bodies",
        "of a parameter that cannot repeat, and of equal keys of a body, the last one counts",
        "the framework of the service reads them so",
        "resources/test_shared_lists.py::test_a_parameter_given_twice_has_its_last_value",
    ),
    Assumption(
        "booleans",
        "is_deleted",
        "true, false, and what else the framework of the service takes for them: 1, yes, on",
        "the published type is boolean; how it is spelt in a query is not published",
        "resources/test_shared_lists.py::test_a_boolean_has_more_than_one_spelling",
    ),
    Assumption(
        "exact-types",
        "numbers and booleans in bodies",
        "JSON's own: a text that spells one, or a number for a boolean, is a 422",
        "that is their published type",
        "resources/test_unit_tests.py::test_numbers_and_booleans_are_those_of_json",
    ),
    Assumption(
        "exact-names",
        "unique names, sort_by=+name",
        "names are compared and ordered by their characters, upper case apart from lower",
        "nothing else is published",
        "resources/test_shared.py::test_names_differ_by_any_character",
    ),
    Assumption(
        "deletion-updates",
        "delete",
        "a deletion moves updated_at and updated_by; a deleted record cannot be deleted again: 404",
        "it is the last change that was made to it",
        "resources/test_shared.py::test_deletion_is_an_update",
    ),
    Assumption(
        "latest-references",
        "deletion in use",
        "what the latest version of a record that is not deleted refers to is in use",
        "a run takes the latest version",
        "resources/test_references.py::test_the_latest_version_says_what_is_in_use",
    ),
    Assumption(
        "validation-first",
        "422 and 403",
        "what is wrong with a request is said before the permission is looked at",
        "the framework of the service validates before its handlers run",
        "resources/test_permissions.py::test_a_broken_request_comes_before_the_permission",
    ),
    Assumption(
        "deleted-versions",
        "versions of a deleted record",
        "can still be read, as the record can in a list",
        "what refers to the record stays valid, the documents say",
        "resources/test_shared.py::test_a_deleted_record_can_still_be_read",
    ),
    Assumption(
        "negative-token",
        "continuation_token",
        "below zero it counts as zero, past the end it is an empty page",
        "any integer is published as valid",
        "resources/test_shared_lists.py::test_a_token_below_zero_is_zero",
    ),
    Assumption(
        "inactive-service",
        "create and update unit test",
        "a service that is not active counts as deleted: 404; its version sets can be changed",
        "a service in use cannot be deactivated, so a deactivated one should not come into use",
        "resources/test_unit_tests.py::test_what_is_gone_is_not_found",
    ),
    Assumption(
        "interaction-models",
        "version sets of services",
        "which model suits which interaction is not checked, nor are the parameters of models",
        "the names of interactions are not published",
        "resources/test_services.py::test_the_release_can_be_pinned",
    ),
    Assumption(
        "applied-services",
        "applied_to_services of a metric",
        "services that do not exist are accepted",
        "no status is published for them",
        "resources/test_metrics.py::test_a_metric_is_created",
    ),
    Assumption(
        "metric-deletion-filter",
        "is_deleted when listing metrics",
        "false unless said otherwise, also beside an id",
        "the published default is false",
        "resources/test_metrics.py::test_deleted_metrics_are_listed_when_asked_for",
    ),
    Assumption(
        "unit-test-run-count",
        "run_count when updating a unit test",
        "changes nothing",
        "no unit test has such a field; sets say how often it runs",
        "resources/test_unit_tests.py::test_a_unit_test_is_changed",
    ),
    Assumption(
        "run-time",
        "runs",
        "a run takes run_duration seconds, 0 if not set; its unit tests come through one after "
        "the other, each after its share",
        "how long a run takes is not published",
        "resources/test_unit_test_set_runs.py::test_a_run_takes_its_time",
    ),
    Assumption(
        "run-size",
        "create run",
        "a set with more than 100000 results, runs times metrics, is not run: 422",
        "every service has a bound; this one is not published",
        "resources/test_unit_test_set_runs.py::test_a_run_has_a_bound",
    ),
    Assumption(
        "run-trigger",
        "create run",
        "last_triggered_run_id of the set moves, its updated_at does not",
        "a run changes nothing about the set",
        "resources/test_unit_test_set_runs.py::test_a_run_is_finished_at_the_first_look",
    ),
    Assumption(
        "run-cancellation",
        "cancel run",
        "takes effect at once: the run is completed, keeps the results it has, and has no "
        "artifacts",
        "it is published as best effort, without saying what remains",
        "resources/test_unit_test_set_runs.py::test_cancelling",
    ),
    Assumption(
        "run-errors",
        "results of a run",
        "what breaks off has no result for any metric, and so does not fail one",
        "nothing can be judged that did not end",
        "resources/test_unit_test_set_runs.py::test_what_broke_off_did_not_fail",
    ),
    Assumption(
        "run-tags",
        "filter_values when listing runs",
        "tags is empty",
        "runs have none",
        "resources/test_unit_test_set_runs.py::test_filter_values",
    ),
    Assumption(
        "artifacts",
        "artifacts of a run",
        "JSON with transcript, error and metrics of every single run, served by this fake without "
        "a token, at the address in presigned_url",
        "what is in the artifacts is not published",
        "resources/test_unit_test_set_runs.py::test_artifacts_tell_everything",
    ),
    Assumption(
        "artifacts-link",
        "presigned_url",
        "valid for an hour; afterwards, or changed in any way, it is a 403",
        "the published answer only says when it expires",
        "resources/test_unit_test_set_runs.py::test_a_link_ends",
    ),
    Assumption(
        "error-texts",
        "bodies of errors",
        '{"detail": ...}, as the framework of the service has it; sentences are our own',
        "the documents publish statuses, not bodies",
        "engine/test_pipeline.py::test_everything_that_is_wrong_is_said_at_once",
    ),
)

_KNOWN = {leniency.id: leniency for leniency in LENIENCIES}


@dataclass(frozen=True)
class Lenient:
    """Marks a required field of a body that may be left out; `default` makes what is stored."""

    leniency: str
    default: Callable[[], Any]


class Leeway:
    """What one request was let off with. In strict mode: nothing."""

    __slots__ = ("strict", "warnings")

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.warnings: list[str] = []

    def allow(self, leniency: str) -> None:
        """Note that the request needed this leniency.

        Raises `PydanticCustomError`, and so a 422, in strict mode.
        """
        text = f"{leniency}: {_KNOWN[leniency].published}"
        if self.strict:
            raise PydanticCustomError("not_published", "{text}", {"text": text})
        if text not in self.warnings:
            self.warnings.append(text)


@cache
def relaxed(model: type[BaseModel]) -> type[BaseModel]:
    """The model with its `Lenient` fields optional, at any depth; the same one if it has none."""
    changed: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        marker = _marker(field)
        inner = _inner(field)
        if marker:
            info = Field(default_factory=marker.default, description=field.description)
            changed[name] = (Annotated[field.annotation, *field.metadata], info)
        elif inner and relaxed(inner) is not inner:
            changed[name] = (relaxed(inner), Field(description=field.description))
    if not changed:
        return model
    return create_model(model.__name__, __base__=model, __module__=model.__module__, **changed)


def note_absent(body: BaseModel, leeway: Leeway) -> None:
    """Tell `leeway` of every `Lenient` field that a validated body left out."""
    given = body.model_fields_set
    for name, leniency in _lenient_fields(type(body)):
        if leniency is None:
            note_absent(getattr(body, name), leeway)
        elif name not in given:
            leeway.allow(leniency)


@cache
def _lenient_fields(model: type[BaseModel]) -> tuple[tuple[str, str | None], ...]:
    found: list[tuple[str, str | None]] = []
    for name, field in model.model_fields.items():
        marker, inner = _marker(field), _inner(field)
        if marker:
            found.append((name, marker.leniency))
        elif inner and _lenient_fields(inner):
            found.append((name, None))
    return tuple(found)


def _marker(field: FieldInfo) -> Lenient | None:
    return next((item for item in field.metadata if isinstance(item, Lenient)), None)


def _inner(field: FieldInfo) -> type[BaseModel] | None:
    annotation = field.annotation
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None
