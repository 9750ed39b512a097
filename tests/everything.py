"""Whoever asks in most tests may do everything; who may do what is for test_access.py."""

from api.access.permissions import PERMISSIONS
from store.access import Grant

EVERYTHING = tuple(Grant(role) for role in PERMISSIONS)
