"""Signing in with an API key."""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest
from typing import Annotated

from pydantic import Field

from amigo_mock.contract.fidelity import Assumption
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import Header, InOrganization
from amigo_mock.world.records import Record, Secret


class SignIn(InOrganization):
    """The key, and the user to sign in as."""

    x_api_key: Annotated[str, Header, Secret()] = Field(description="The API key.")
    x_api_key_id: Annotated[str, Header] = Field(description="The id of the API key.")
    x_user_id: Annotated[str, Header] = Field(description="The id of the user to sign in as.")


class SignedIn(Record):
    """A token, and when it stops being one."""

    id_token: Annotated[str, Secret()] = Field(
        description="For the `Authorization` header of the calls to come."
    )
    expires_at: datetime


@operation(
    "sign-in-with-api-key",
    rate_limit=per_minute(5),
    public=True,
    caller="x_user_id",
    errors={401: "The API key, its id or the user is wrong."},
)
def sign_in_with_api_key(call: Call[SignIn, Empty]) -> SignedIn:
    """Exchange an API key for a token that acts for one user."""
    given, identity = call.parameters, call.organization.identity
    key = identity.api_keys.get(given.x_api_key_id)
    right = key is not None and compare_digest(
        key.key.get_secret_value().encode(), given.x_api_key.encode()
    )
    if not right or given.x_user_id not in identity.users:
        raise call.error(401)
    now, lifetime = call.moment, call.access.lifetime
    return SignedIn(
        id_token=call.access.issue(identity.id, given.x_user_id, now, lifetime),
        expires_at=call.deadline(now + lifetime),
    )


OPERATIONS = (sign_in_with_api_key,)

ASSUMPTIONS = (
    Assumption(
        "sign-in-caller",
        "rate limit of the sign-in",
        "counted by the x-user-id that is asked for",
        "nobody has proven to be anybody yet",
        "state/test_limits.py::test_sign_ins_are_counted_by_the_user_asked_for",
    ),
)
