"""The table written by hand and what the protos and roles say are the same, read in both directions."""

from chassis.auth import Permissions

from tests.house.permissions import ROLES, methods, permission, written


def test_every_method_stands_in_the_table_and_the_table_names_no_other():
    assert written().keys() == methods().keys()


def test_the_table_has_each_methods_permission():
    told = {key: grant.permission for key, grant in written().items()}
    assert told == {key: permission(method) for key, method in methods().items()}


def test_each_role_may_call_what_the_table_says_and_nothing_else():
    permissions = Permissions.load()
    for (service, method), grant in written().items():
        allowed = frozenset(role for role in ROLES if permissions.allows(frozenset({role}), grant.permission))
        assert allowed == grant.roles, f"{service}.{method}: roles say {sorted(allowed)}, table {sorted(grant.roles)}"
