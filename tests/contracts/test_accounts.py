"""What every kind of ledger keeps of teams, users, tokens and the audit log."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import update

from sweeps.ledger import Ledger, tables
from sweeps.ledger import audit as audit_module
from sweeps.ledger.accounts import is_use_known
from sweeps.ledger.errors import KeyReused, LastAdmin, NameTaken, NoSuchTeam, NoSuchToken, NoSuchUser, UserDeactivated
from sweeps.ledger.once import Claim, under
from sweeps.ledger.ordering import Order
from sweeps.ledger.records import Caller
from sweeps.ledger.tables import metadata
from sweeps.ledger.users import UserChange, UserRecord
from sweeps.roles import Role, Scope, capped


@pytest.fixture
def admin(ledger: Ledger) -> Caller:
    return known(ledger, ledger.accounts.first_admin() or "")


def known(ledger: Ledger, secret: str) -> Caller:
    caller = ledger.accounts.caller(secret)
    assert caller is not None
    return caller


def test_a_scope_caps_a_role_and_never_raises_it() -> None:
    assert [[capped(role, scope).value for scope in Scope] for role in Role] == [
        ["viewer", "viewer", "viewer"],
        ["viewer", "member", "member"],
        ["viewer", "member", "admin"],
    ]


def test_the_first_admin_is_an_operator_with_a_token_of_every_right(ledger: Ledger, admin: Caller) -> None:
    assert (admin.role, admin.scope, admin.is_operator) == (Role.ADMIN, Scope.ADMIN, True)


def test_a_token_of_less_scope_lends_no_operators_rights(ledger: Ledger, admin: Caller) -> None:
    for scope, role in ((Scope.READ, Role.VIEWER), (Scope.WRITE, Role.MEMBER)):
        caller = known(ledger, ledger.tokens.add(admin.user_id, "less", scope).secret)
        assert (caller.role, caller.is_operator) == (role, False)


def test_a_secret_is_nowhere_in_the_ledger_but_its_first_characters_are(ledger: Ledger, admin: Caller) -> None:
    new = ledger.tokens.add(admin.user_id, "laptop", Scope.WRITE)
    assert new.record.hint == new.secret[:8]
    assert new.secret not in repr(new)
    with ledger._engine.connect() as connection:
        rows = [str(row) for table in metadata.sorted_tables for row in connection.execute(table.select())]
    assert any(new.secret[:8] in row for row in rows)
    assert not any(new.secret[8:] in row for row in rows)


def test_a_token_is_refused_once_it_has_expired_or_was_revoked(ledger: Ledger, admin: Caller) -> None:
    passed = ledger.tokens.add(admin.user_id, "passed", Scope.WRITE, time.time() - 0.001)
    ahead = ledger.tokens.add(admin.user_id, "ahead", Scope.WRITE, time.time() + 3600)
    assert ledger.accounts.caller(passed.secret) is None
    assert ledger.accounts.caller(ahead.secret) is not None
    first = ledger.tokens.revoke(ahead.record.id, admin.team_id)
    assert ledger.accounts.caller(ahead.secret) is None
    assert ledger.tokens.revoke(ahead.record.id, admin.team_id) == first
    assert [one.name for one in ledger.tokens.page(admin.team_id, 10)] == ["first"]
    assert [one.name for one in ledger.tokens.page(admin.team_id, 10, ended=True)] == ["ahead", "passed", "first"]


def test_use_of_a_token_is_noted(ledger: Ledger, admin: Caller) -> None:
    new = ledger.tokens.add(admin.user_id, "laptop", Scope.WRITE)
    assert new.record.last_used_at is None
    caller = known(ledger, new.secret)
    assert not is_use_known(caller)
    ledger.accounts.was_used(caller)
    assert is_use_known(known(ledger, new.secret))
    assert (ledger.tokens.get(new.record.id, admin.team_id).last_used_at or 0.0) >= new.record.created_at


def test_a_deactivated_user_is_refused_until_they_are_active_again(ledger: Ledger, admin: Caller) -> None:
    ada, token = ledger.users.add(admin.team_id, "ada", Role.MEMBER)
    assert known(ledger, token.secret).role is Role.MEMBER
    ledger.users.change(ada.id, admin.team_id, UserChange(active=False))
    assert ledger.accounts.caller(token.secret) is None
    with pytest.raises(UserDeactivated, match="'ada' is deactivated"):
        ledger.tokens.add(ada.id, "another", Scope.READ)
    back = ledger.users.change(ada.id, admin.team_id, UserChange(active=True, role=Role.VIEWER))
    assert back == replace(ada, role=Role.VIEWER)
    assert known(ledger, token.secret).role is Role.VIEWER


def test_a_team_keeps_an_admin_and_the_service_an_operator(ledger: Ledger, admin: Caller) -> None:
    for change in (UserChange(role=Role.MEMBER), UserChange(active=False)):
        with pytest.raises(LastAdmin, match="the team's last active admin"):
            ledger.users.change(admin.user_id, admin.team_id, change)
    ada, _ = ledger.users.add(admin.team_id, "ada", Role.ADMIN)
    for change in (UserChange(role=Role.MEMBER), UserChange(active=False), UserChange(is_operator=False)):
        with pytest.raises(LastAdmin, match="the service's last operator"):
            ledger.users.change(admin.user_id, admin.team_id, change)
    ledger.users.change(ada.id, admin.team_id, UserChange(is_operator=True))
    assert not ledger.users.change(admin.user_id, admin.team_id, UserChange(is_operator=False)).is_operator


def test_the_last_token_that_can_look_after_a_team_or_the_service_is_not_revoked(ledger: Ledger, admin: Caller) -> None:
    ledger.tokens.add(admin.user_id, "less", Scope.WRITE)
    ledger.tokens.add(admin.user_id, "passed", Scope.ADMIN, time.time() - 1.0)
    with pytest.raises(LastAdmin, match="token 1 is the last with which an admin can look after your team; make ano"):
        ledger.tokens.revoke(admin.token_id, admin.team_id)
    ada, adas = ledger.users.add(admin.team_id, "ada", Role.ADMIN)
    with pytest.raises(LastAdmin, match="the last with which an operator can look after all teams"):
        ledger.tokens.revoke(admin.token_id, admin.team_id)
    ledger.users.change(ada.id, admin.team_id, UserChange(is_operator=True))
    assert ledger.tokens.revoke(admin.token_id, admin.team_id).revoked_at is not None
    with pytest.raises(LastAdmin, match="'ada' has the last token with which an admin can look after the team"):
        ledger.users.change(ada.id, admin.team_id, UserChange(role=Role.MEMBER))
    assert known(ledger, adas.secret).role is Role.ADMIN


def test_a_lost_admin_token_is_replaced_by_whoever_holds_the_ledger(ledger: Ledger, admin: Caller) -> None:
    ledger.users.add(admin.team_id, "ada", Role.ADMIN)
    first, named = (known(ledger, ledger.accounts.recover("default", user, "recovered")) for user in (None, "ada"))
    assert [(one.user, one.role, one.scope) for one in (first, named)] == [
        ("admin", Role.ADMIN, Scope.ADMIN),
        ("ada", Role.ADMIN, Scope.ADMIN),
    ]
    with pytest.raises(LookupError, match="team default has no active admin 'eve'; its admins are: admin, ada"):
        ledger.accounts.recover("default", "eve", "recovered")
    with pytest.raises(LookupError, match="there is no team 'vision'; there are: default"):
        ledger.accounts.recover("vision", None, "recovered")


def test_admins_who_demote_each_other_at_the_same_time_leave_one(ledger: Ledger, admin: Caller) -> None:
    for number in range(10):
        team, first, _ = ledger.teams.add(f"team {number}", "ada", {})
        second, _ = ledger.users.add(team.id, "bob", Role.ADMIN)

        def demote(user_id: int, team_id: int = team.id) -> None:
            with suppress(LastAdmin):
                ledger.users.change(user_id, team_id, UserChange(role=Role.MEMBER))

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(demote, (first.id, second.id)))
        assert sorted(user.role for user in ledger.users.page(team.id, 10)) == [Role.ADMIN, Role.MEMBER]


def test_names_are_taken_once(ledger: Ledger, admin: Caller) -> None:
    ledger.users.add(admin.team_id, "ada", Role.MEMBER)
    with pytest.raises(NameTaken, match="a user 'ada' already"):
        ledger.users.add(admin.team_id, "ada", Role.MEMBER)
    with pytest.raises(NameTaken, match="a team 'default' already"):
        ledger.teams.add("default", "ada", {})
    other, _, _ = ledger.teams.add("others", "ada", {})
    assert [user.name for user in ledger.users.page(other.id, 10)] == ["ada"]


def test_what_belongs_to_another_team_is_not_there(ledger: Ledger, admin: Caller) -> None:
    other, eve, token = ledger.teams.add("others", "eve", {})
    for act in (ledger.users.get, lambda user, team: ledger.users.change(user, team, UserChange(active=False))):
        with pytest.raises(NoSuchUser):
            act(eve.id, admin.team_id)
    for end in (ledger.tokens.get, ledger.tokens.revoke):
        with pytest.raises(NoSuchToken):
            end(token.record.id, admin.team_id)
    assert known(ledger, token.secret).team_id == other.id
    assert ledger.users.page(admin.team_id, 10, name="eve") == []
    assert [one.user for one in ledger.tokens.page(admin.team_id, 10)] == ["admin"]
    assert ledger.tokens.page(admin.team_id, 10, user_id=eve.id) == []


def test_what_has_a_secret_is_made_once_under_a_key_whose_answer_was_lost(ledger: Ledger, admin: Caller) -> None:
    """As after a crash between the deed and its answer: the lease is over, and the client sends the request again."""
    makers: dict[str, Callable[[], object]] = {
        "token": lambda: ledger.tokens.add(admin.user_id, "laptop", Scope.WRITE),
        "user": lambda: ledger.users.add(admin.team_id, "ada", Role.MEMBER),
        "team": lambda: ledger.teams.add("vision", "ada", {}),
    }
    for key, make in makers.items():
        first = ledger.answers.claim(admin.user_id, key, "digest", lease=-1.0)
        assert isinstance(first, Claim)
        with under(first):
            make()
        again = ledger.answers.claim(admin.user_id, key, "digest")
        assert isinstance(again, Claim)
        with under(again), pytest.raises(KeyReused, match="its answer held a secret, which is shown once"):
            make()
    assert [one.name for one in ledger.tokens.page(admin.team_id, 10)] == ["first", "laptop", "first"]
    assert [one.name for one in ledger.teams.page(10)] == ["default", "vision"]


def test_quotas_change_one_by_one(ledger: Ledger, admin: Caller) -> None:
    team, _, _ = ledger.teams.add("vision", "ada", {"weight": 2.0, "max_lanes": 4})
    assert (team.weight, team.max_lanes, team.max_queued, team.max_device_hours) == (2.0, 4, None, None)
    changed = ledger.teams.change(team.id, {"max_lanes": None, "max_device_hours": 1.5})
    assert changed == replace(team, max_lanes=None, max_device_hours=1.5)
    assert ledger.teams.change(team.id, {}) == changed
    with pytest.raises(NoSuchTeam):
        ledger.teams.change(2**31 - 1, {"weight": 1.0})


def test_pages_go_on_where_the_one_before_ended(ledger: Ledger, admin: Caller) -> None:
    b, a, c = (ledger.users.add(admin.team_id, name, Role.VIEWER)[0] for name in "bac")
    assert ledger.users.page(admin.team_id, 2, Order(after=[b.id])) == [a, c]
    assert ledger.users.page(admin.team_id, 2, Order("name", descending=True, after=[c.name, c.id])) == [
        b,
        admin_of(ledger),
    ]
    newest = ledger.tokens.page(admin.team_id, 2)
    assert [one.user for one in newest] == ["c", "a"]
    rest = Order(descending=True, after=[newest[-1].id])
    assert [one.user for one in ledger.tokens.page(admin.team_id, 5, rest)] == ["b", "admin"]
    assert [team.id for team in ledger.teams.page(1)] == [admin.team_id]
    assert ledger.teams.page(1, Order(after=[admin.team_id])) == []


def admin_of(ledger: Ledger) -> UserRecord:
    (admin,) = ledger.users.page(1, 10, name="admin")
    return admin


def test_lists_are_filtered(ledger: Ledger, admin: Caller) -> None:
    ada, _ = ledger.users.add(admin.team_id, "ada", Role.VIEWER)
    gone = ledger.users.change(ada.id, admin.team_id, UserChange(active=False))
    assert ledger.users.page(admin.team_id, 10, active=False) == ledger.users.page(admin.team_id, 10, role=Role.VIEWER)
    assert ledger.users.page(admin.team_id, 10, active=False) == [gone]
    assert ledger.users.page(admin.team_id, 10, active=True) == [admin_of(ledger)]
    ledger.tokens.add(admin.user_id, "reader", Scope.READ)
    assert [one.name for one in ledger.tokens.page(admin.team_id, 10, scope=Scope.READ)] == ["reader"]
    assert [one.name for one in ledger.teams.page(10, name="default")] == ["default"]
    assert ledger.teams.page(10, name="\0") == []


def test_the_audit_log_is_read_by_user_action_and_time(ledger: Ledger, admin: Caller) -> None:
    ada = known(ledger, ledger.users.add(admin.team_id, "ada", Role.MEMBER)[1].secret)
    eve = known(ledger, ledger.accounts.add_team("others", "eve"))
    for caller, action in ((admin, "post_sweep"), (ada, "post_sweep"), (ada, "stop_sweep"), (eve, "stop_sweep")):
        ledger.audit.add(caller, action, "/api/v1/sweeps/\0" + "x" * 300, 202, "some-request")
    entries = ledger.audit.page(admin.team_id, 10)
    assert [(one.user, one.action) for one in entries] == [
        ("ada", "stop_sweep"),
        ("ada", "post_sweep"),
        ("admin", "post_sweep"),
    ]
    assert (entries[0].token_id, entries[0].status, entries[0].request_id) == (ada.token_id, 202, "some-request")
    assert entries[0].target == "/api/v1/sweeps/\ufffd" + "x" * 184
    assert ledger.audit.page(admin.team_id, 10, user="ada", action="post_sweep") == entries[1:2]
    assert ledger.audit.page(admin.team_id, 10, user="a\0da") == []
    assert ledger.audit.page(admin.team_id, 10, since=entries[0].at + 60) == []
    assert ledger.audit.page(admin.team_id, 10, until=entries[-1].at) == []
    assert ledger.audit.page(admin.team_id, 1, Order(descending=True, after=[entries[0].id])) == entries[1:2]
    assert ledger.audit.page(admin.team_id, 10, Order()) == entries[::-1]


def test_old_entries_of_the_audit_log_are_forgotten_some_at_a_time(
    ledger: Ledger, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_module, "MOST_FORGOTTEN", 2)
    for action in ("a", "b", "c", "d"):
        ledger.audit.add(admin, action, "/api/v1/sweeps", 202, "some-request")
    with ledger._engine.begin() as connection:
        connection.execute(update(tables.audit).where(tables.audit.c.action != "d").values(at=1000.0))
    more = [ledger.audit.forget(before=2000.0) for _ in range(2)]
    assert more == [True, False]
    assert [entry.action for entry in ledger.audit.page(admin.team_id, 10)] == ["d"]
