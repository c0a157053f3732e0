"""The accepted differences of our strict document from the published one, each with its reason.

Nothing here is about what a request must look like or what an answer holds: a difference in
required fields, types, bounds, defaults, statuses or limits is a mistake, and has no line.
"""

from __future__ import annotations

from amigo_mock.contract.difference import Accepted

PER_OPERATION = (
    Accepted(
        "* responses.[45]*.body",
        "the published document gives errors no body; ours is the shape its framework speaks",
    ),
    Accepted(
        "* responses.*.headers.x-ratelimit-*",
        "the official client reads these three headers, which the published document leaves out",
    ),
    Accepted(
        "* responses.429.headers.retry-after",
        "the official client waits for as long as this header says",
    ),
    Accepted(
        "* responses.400",
        "a body that is not UTF-8, or nested too deeply, is refused before it is looked at",
    ),
    Accepted(
        "* responses.413",
        "a body over the size limit is refused before anything else is looked at",
    ),
    Accepted(
        "* query.creator.items.pattern",
        "the published document has the form org_id,user_id in prose only",
    ),
    Accepted(
        "* query.tag.items.pattern",
        "the published document has the form key:value in prose only",
    ),
    Accepted(
        "get-services query.tags.items.pattern",
        "the published document has the form key:value in prose only",
    ),
    Accepted(
        "* query.sort_by.items.pattern",
        "the published document has the sign and the fields in prose only",
    ),
    Accepted(
        "get-*-versions query.version.anyOf(string).pattern",
        "the published document has numbers, latest and ranges in prose only",
    ),
    Accepted(
        "* responses.200.body.properties.*.items.required.*ated_at",
        "whatever this server sends has both times, which the published document lets it leave out",
    ),
    Accepted(
        "sign-in-with-api-key security",
        "published as three schemes that the document never defines; they are header parameters",
    ),
)

WHOLE_DOCUMENT = (
    Accepted(
        "document security",
        "published as all schemes at once, which no caller could send; its prose says any of them",
    ),
    Accepted(
        "document servers.https://*",
        "the servers of the real service; a fake is wherever it was started",
    ),
)
