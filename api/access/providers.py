"""OpenID Connect: people whom a provider signs in, by code with PKCE.

What a provider says is held against OpenID Connect Core 1.0 sec. 3.1.3.7: signature by a key of
its own and a method that it cannot choose freely, issuer, audience, authorized party, times, and
the nonce of this very visit.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from api.access.permissions import PERMISSIONS
from store.access import Grant
from store.access_sign_in import Visit

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
LEEWAY = 60  #: [s] between our clock and theirs
OLDEST = 600  #: [s] that an ID token may be old when it comes
KEPT = timedelta(hours=1)  #: what a provider publishes of itself
AGAIN = timedelta(minutes=1)  #: keys are asked for no more often, whatever kid a token names
PATIENCE = 10.0  #: [s]
LARGEST = 1 << 20  #: [bytes] of an answer


class NotLetIn(Exception):
    """A provider did not sign somebody in, or not so that it can be believed; says why."""


class GivenRole(BaseModel):
    """A role that a group of a provider gives."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    role: str = Field(examples=["dispatcher"])
    department: str = ""
    """Its code; empty: any."""
    area: str = ""
    """First digits of grid cells; empty: everywhere."""

    @field_validator("role")
    @classmethod
    def _is_a_role(cls, role: str) -> str:
        if role not in PERMISSIONS:
            raise ValueError(f"no role is called {role}; there are {', '.join(PERMISSIONS)}")
        return role


class ProviderSettings(BaseModel):
    """Somebody who signs people in: any provider of OpenID Connect."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    """In its address here: /api/v1/sign-in/NAME/callback is what the provider must know."""
    title: str = ""
    """On the button; the name if empty."""
    issuer: str = Field(pattern=r"^https?://")
    """Its address, as its tokens have it."""
    client_id: str
    client_secret: SecretStr | None = None
    """Better `client_secret_file`; none: a public client, by PKCE alone."""
    name_claim: str = "name"
    """What a person is called here: in cases and in the trail."""
    groups_claim: str = "groups"
    groups: dict[str, tuple[GivenRole, ...]] | None = None
    """Roles that its groups give, anew at each sign-in; none: administrators give them here."""
    scopes: tuple[str, ...] = ("openid", "profile")

    @model_validator(mode="before")
    @classmethod
    def _secret_from_file(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "client_secret_file" not in given:
            return given
        taken = dict(given)
        file = taken.pop("client_secret_file")
        if taken.get("client_secret") is not None:
            raise ValueError("client_secret and client_secret_file: give one of them")
        try:
            taken["client_secret"] = Path(file).read_text(encoding="utf-8").strip()
        except OSError as why:
            raise ValueError(f"client_secret_file: {file}: {why.strerror}") from why
        return taken


class Provider:
    """One provider as it is set; asks it with `httpx`, in the thread of the caller."""

    def __init__(
        self,
        given: ProviderSettings,
        wall: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.name, self.title = given.name, given.title or given.name
        self._given, self._wall = given, wall
        self._http = httpx.Client(timeout=PATIENCE, transport=transport, follow_redirects=False)
        self._lock = Lock()
        self._about: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def leave_for(self, redirect_uri: str) -> tuple[str, Visit]:
        """Return the address to send a browser to, and what to remember. Raises NotLetIn."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        visit = Visit(
            self.name,
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            verifier,
            self._wall(),
        )
        query = {
            "response_type": "code",
            "client_id": self._given.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._given.scopes),
            "state": visit.state,
            "nonce": visit.nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        there = str(self._told("authorization_endpoint"))
        return f"{there}{'&' if '?' in there else '?'}{urlencode(query)}", visit

    def returned(self, visit: Visit, query: Mapping[str, str], redirect_uri: str) -> dict[str, Any]:
        """Return the claims of whom the provider has signed in. Raises NotLetIn."""
        if not secrets.compare_digest(query.get("state", "").encode(), visit.state.encode()):
            raise NotLetIn("the answer belongs to another visit")
        if query.get("iss", self._given.issuer) != self._given.issuer:
            raise NotLetIn("the answer is of another provider")
        if "error" in query:
            raise NotLetIn(f"the provider said {query['error'][:100]}")
        if not query.get("code"):
            raise NotLetIn("the answer has no code")
        tokens = self._ask(
            "token",
            self._told("token_endpoint"),
            data={
                "grant_type": "authorization_code",
                "code": query["code"],
                "redirect_uri": redirect_uri,
                "client_id": self._given.client_id,
                "code_verifier": visit.verifier,
            },
            auth=self._proof(),
        )
        claims = self.believed(str(tokens.get("id_token", "")), visit.nonce)
        wanted = {self._given.name_claim}
        if self._given.groups is not None:
            wanted.add(self._given.groups_claim)
        if not wanted <= claims.keys() and "userinfo_endpoint" in self._document():
            bearer = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
            more = self._ask("userinfo", self._told("userinfo_endpoint"), headers=bearer)
            if more.get("sub") != claims["sub"]:
                raise NotLetIn("what the provider adds is of somebody else")
            claims = more | claims
        return claims

    def name_of(self, claims: Mapping[str, Any]) -> str:
        name = claims.get(self._given.name_claim)
        if not isinstance(name, str) or not name.strip() or len(name) > 200:
            raise NotLetIn(f"the provider gives no {self._given.name_claim}")
        return name

    def grants_of(self, claims: Mapping[str, Any]) -> list[Grant] | None:
        """Return what somebody's groups give; None: groups give nothing here."""
        if self._given.groups is None:
            return None
        held = claims.get(self._given.groups_claim, [])
        named = [held] if isinstance(held, str) else held if isinstance(held, list) else []
        return [
            Grant(**given.model_dump())
            for group, roles in self._given.groups.items()
            if group in named
            for given in roles
        ]

    def believed(self, token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token that is good in every respect. Raises NotLetIn."""
        now, client = int(self._wall().timestamp()), self._given.client_id
        try:
            claims = self._signed(token)
            jwt.JWTClaimsRegistry(
                now=now,
                leeway=LEEWAY,
                iss={"essential": True, "value": self._given.issuer},
                sub={"essential": True},
                aud={"essential": True, "value": client},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError) as why:
            raise NotLetIn(f"its token is not good: {type(why).__name__}: {why}") from why
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if set(audience) != {client} and "azp" not in claims:
            raise NotLetIn("its token is for others too, and does not say who asked")
        if claims.get("azp", client) != client:
            raise NotLetIn("its token was asked for by another")
        if now - claims["iat"] > OLDEST + LEEWAY:
            raise NotLetIn("its token is old")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise NotLetIn("its token names nobody")
        return claims

    def _signed(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that a key of the provider has signed."""
        try:
            return jwt.decode(token, self._key_set(KEPT), list(ALGORITHMS)).claims
        except (JoseError, ValueError):  # perhaps by a key that is newer than what we know
            return jwt.decode(token, self._key_set(AGAIN), list(ALGORITHMS)).claims

    def _key_set(self, older: timedelta) -> KeySet:
        with self._lock:
            if self._keys is None or self._wall() - self._keys[0] > older:
                published = self._ask("keys", self._told("jwks_uri"))
                found = {"keys": [k for k in published.get("keys", []) if k.get("use") != "enc"]}
                self._keys = (self._wall(), KeySet.import_key_set(found))  # type: ignore[arg-type]
            return self._keys[1]

    def _document(self) -> dict[str, Any]:
        if self._about is None or self._wall() - self._about[0] > KEPT:
            issuer = self._given.issuer.rstrip("/")
            found = self._ask("document", f"{issuer}/.well-known/openid-configuration")
            if found.get("issuer") != self._given.issuer:
                raise NotLetIn(f"{self._given.issuer} calls itself {found.get('issuer')}")
            self._about = (self._wall(), found)
        return self._about[1]

    def _told(self, endpoint: str) -> str:
        told = self._document().get(endpoint)
        if not isinstance(told, str):
            raise NotLetIn(f"the provider names no {endpoint}")
        return told

    def _proof(self) -> httpx.BasicAuth | None:
        """Return how we prove who we are: as RFC 6749 sec. 2.3.1 writes it, each part quoted."""
        secret = self._given.client_secret
        if secret is None:
            return None
        return httpx.BasicAuth(
            quote_plus(self._given.client_id), quote_plus(secret.get_secret_value())
        )

    def _ask(self, what: str, url: str, **how: Any) -> dict[str, Any]:
        """Return the JSON object at `url`. What it says goes into no log: it may be a secret."""
        try:
            answer = self._http.request("POST" if "data" in how else "GET", url, **how)
            found = answer.json() if len(answer.content) <= LARGEST else None
        except (httpx.HTTPError, ValueError) as why:
            raise NotLetIn(
                f"the provider cannot be asked for its {what}: {type(why).__name__}"
            ) from None
        if answer.status_code != 200 or not isinstance(found, dict):
            raise NotLetIn(f"the provider answers {answer.status_code} for its {what}")
        return found
