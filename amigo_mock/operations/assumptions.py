"""Assumptions about what handlers share: lists, searches, names, versions, deletion."""

from __future__ import annotations

from amigo_mock.contract.fidelity import Assumption

ASSUMPTIONS = (
    Assumption(
        "search-terms",
        "search of personas, scenarios and metrics",
        "a term is a whole word, case folded; all must be found; one in the name weighs eight in "
        "the background; equal matches come oldest first; a query without a word finds nothing",
        "relevance is published as a word, not as a rule",
        "resources/test_shared_search.py::test_a_term_stands_for_itself",
    ),
    Assumption(
        "search-contains",
        "search of unit tests and sets",
        "the whole query stands in the name or the description, case folded, also within a word; "
        "all matches are found, oldest first",
        "it is published as one that contains the query, without relevance and without a bound",
        "resources/test_contained_search.py::test_a_search_finds_what_contains_the_query",
    ),
    Assumption(
        "deleted-search",
        "search",
        "finds no deleted records",
        "there is no filter by which they could be left out",
        "resources/test_every_kind_kept.py::test_a_search_follows_what_is_written",
    ),
    Assumption(
        "filter-values",
        "filter_values of a list",
        "sorted, and of everything in the organization, deleted records too; of metrics, unit "
        "tests, sets and runs only of what the filters let through",
        "the four lists are published so, the others say nothing of filters",
        "resources/test_every_kind_listed.py"
        "::test_filter_values_are_those_under_the_filters_where_that_is_published",
    ),
    Assumption(
        "empty-page",
        "limit=0",
        "no records, has_more true if there are any, the same continuation_token again, and a "
        "warning",
        "the bound of 0 is published, its meaning is not; for a store like the service's 0 may be "
        "no limit at all",
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
        "exact-names",
        "unique names, sort_by=+name",
        "names are compared and ordered by their characters, upper case apart from lower",
        "nothing else is published",
        "resources/test_every_kind_written.py::test_names_differ_by_any_character",
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
        "deleted-versions",
        "versions of a deleted record",
        "can still be read, as the record can in a list",
        "what refers to the record stays valid, the documents say",
        "resources/test_shared.py::test_a_deleted_record_can_still_be_read",
    ),
    Assumption(
        "negative-token",
        "continuation_token",
        "below zero it counts as zero, with a warning; past the end it is an empty page",
        "any integer is published as valid; a store like the service's refuses to skip less than 0",
        "resources/test_every_kind_listed.py::test_a_token_below_zero_is_zero",
    ),
    Assumption(
        "creation-order",
        "a list without sort_by",
        "stands in order of creation",
        "some order it must have, and always the same",
        "resources/test_every_kind_listed.py::test_the_usual_page",
    ),
    Assumption(
        "parent-of-a-version",
        "create a version",
        "leaves updated_at and updated_by of what it is a version of",
        "they are published as about the record, which does not change",
        "resources/test_unsettled.py::test_a_version_leaves_its_record_as_it_was",
    ),
)
