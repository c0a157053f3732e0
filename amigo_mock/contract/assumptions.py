"""Leniencies and assumptions that are about no resource in particular.

Those about one stand in its file, beside its operations.
"""

from __future__ import annotations

from amigo_mock.contract.fidelity import Assumption, Leniency

SORT_FIELD = Leniency(
    "sort-field",
    "sort_by when listing personas or scenarios",
    "sort_by knows only the field updated_at",
    "created_at and name are accepted too, as the guide names them",
)

REPEATED_VALUE = Leniency(
    "repeated-value",
    "id, role, creator and other filters by several values",
    "the values of a filter must differ from one another",
    "a value given twice counts once, as the service's own framework has it for sets",
)

UNENCODED_PLUS = Leniency(
    "unencoded-plus",
    "sort_by",
    "a field to sort by has + or - before it; a + that is not sent as %2B is a space on the wire",
    "the space counts as the + that was meant",
)

SPELT_VALUE = Leniency(
    "spelt-value",
    "numbers and booleans in bodies",
    "a number is one in JSON, and so is a boolean",
    'a text that spells one ("5", "true"), a boolean for a number and 0 or 1 for a boolean are '
    "read as the service's own framework reads them",
)

LENIENCIES = (SORT_FIELD, REPEATED_VALUE, UNENCODED_PLUS, SPELT_VALUE)

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
        "a user who comes from another organization has those grants of their own one that have a "
        "condition on org_id; the others hold at home only",
        "the documents name the header and leave open what its bearer may do; whoever may do "
        "everything at home should not be able to do it everywhere",
        "resources/test_permissions.py::test_grants_say_which_other_organizations_they_are_for",
    ),
    Assumption(
        "self-organization",
        "grants",
        "every record has the attribute org_id, the organization that it is in; in the value of a "
        "condition {self_org_id} is the organization of the caller, any other name in braces "
        "stands for itself",
        "the vendor's guide shows this one condition, in this form",
        "resources/test_permissions.py::test_conditions_filter_what_is_read",
    ),
    Assumption(
        "default-roles",
        "roles",
        "an organization has the four roles that the documents name; DefaultUserRole grants "
        "nothing, each of the others everything",
        "their names are published, what they grant is not",
        "world/test_identity.py::test_an_organization_has_the_default_roles",
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
        "counted-requests",
        "rate limits",
        "a request counts once its caller and its organization are known, whatever is answered: "
        "403, 404, 409, 422 and 429 count, and a 401 of the sign-in; a 401 for a token, a 404 for "
        "the organization, 503 and what cannot be read (400, 413, 422) do not",
        "nobody can be counted who is not known; what is refused before is none of the operation's",
        "state/test_limits.py::test_what_is_wrong_counts_but_for_nobody",
    ),
    Assumption(
        "token-lifetime",
        "sign-in",
        "a token is good for token_lifetime seconds, an hour if not set",
        "expires_at is published, how far away it is is not",
        "state/test_access.py::test_a_sign_in_lasts_an_hour",
    ),
    Assumption(
        "told-deadlines",
        "expires_at, url_expires_at, X-RateLimit-Reset",
        "told by the clock of the client where the fake's clock was frozen or moved",
        "clients compare them with their own time",
        "test_sdk.py::test_the_sdk_signs_in_once_whatever_the_clock_says",
    ),
    Assumption(
        "tag-letters",
        "keys and values of tags",
        "letters and digits of any script are taken, as \\w means them in Python",
        "the pattern is published, what its \\w stands for is not",
        "resources/test_unsettled.py::test_tags_have_letters_of_any_script",
    ),
    Assumption(
        "permission-first",
        "403 and 404",
        "a caller with no grant at all for an operation gets 403 before 404, also from a list or "
        "a search; others get 404 before 403, and lists without what their grants do not cover",
        "every one of these operations is published with a 403, and who may see nothing should not "
        "learn what there is",
        "resources/test_permissions.py::test_without_any_grant_a_record_is_not_even_looked_for",
    ),
    Assumption(
        "refusal-order",
        "403, 404, 400 and 409",
        "what a request names is looked up before the grants are held against what it makes or "
        "changes; conflicts with other records are told last",
        "the documents list statuses without an order",
        "resources/test_refusals.py::test_the_first_refusal_comes_first",
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
        "milliseconds",
        "timestamps",
        "UTC with milliseconds, as 2026-01-31T12:00:00.123000Z",
        "the service keeps its records in a store that has no finer ones",
        "state/test_clock.py::test_times_are_cut_to_milliseconds",
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
        "body-values",
        "request bodies",
        "more than 50,000 values in the JSON of a body are a 413",
        "as for its size: each value may be wrong in several ways, and each is a finding",
        "engine/validation/test_body.py::test_more_values_than_are_read_are_413",
    ),
    Assumption(
        "findings",
        "422",
        "the first 100 findings are listed; what they echo in `input` is 256 KiB in all, and `...` "
        "where there is no more room",
        "what the service answers to a body with thousands of mistakes is not published",
        "engine/validation/test_request.py::test_the_first_100_findings_are_listed",
    ),
    Assumption(
        "free-json",
        "params of a version set, and other fields whose content is the client's own",
        "a value has at most 100 levels and no number that is infinite or none; else a 422",
        "what is stored is answered again, inside of a list; the document says only that it is an "
        "object",
        "world/test_free_json.py::test_what_is_too_deep_is_a_finding",
    ),
    Assumption(
        "unknown-fields",
        "request bodies and queries",
        "fields and parameters that are not published, and a body where there is none, change "
        "nothing; a warning names the nearest that there is, in strict mode too",
        "the published schemas do not forbid them, but most of them are misspelt",
        "engine/test_unknown_names.py::test_a_misspelt_parameter_is_warned_of",
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
        "validation-first",
        "422 and 403",
        "what is wrong with a request is said before the permission is looked at",
        "the framework of the service validates before its handlers run",
        "resources/test_permissions.py::test_a_broken_request_comes_before_the_permission",
    ),
    Assumption(
        "error-texts",
        "bodies of errors",
        '{"detail": ...}, as the framework of the service has it; sentences are our own',
        "the documents publish statuses, not bodies",
        "engine/test_pipeline.py::test_everything_that_is_wrong_is_said_at_once",
    ),
)
