"""What may be done, and which role may do it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from cases.words import Role, Word


class Permission(StrEnum):
    READ_TELEMETRY = "telemetry.read"  #: channels, readings, devices, events, maps of them
    WRITE_TELEMETRY = "telemetry.write"  #: send readings by HTTP
    ADOPT_DEVICES = "devices.adopt"  #: quarantine, dead letters, what devices sign in with
    SET_WINDOWS = "windows.set"  #: maintenance and shelving: findings held back
    READ_CASES = "cases.read"
    STEP_CASES = "cases.step"  #: each step in a role that is held
    READ_REPORTS = "reports.read"
    WRITE_REPORTS = "reports.write"
    READ_CALLERS = "callers.read"  #: who called; each look says why
    WARN = "warnings.issue"
    READ_EVALUATION = "evaluation.read"
    READ_PERSONS = "evaluation.persons"  #: numbers of single persons
    EXPORT = "exports.read"  #: whole tables
    READ_CATALOGUE = "catalogue.read"  #: with areas and departments
    CHANGE_CATALOGUE = "catalogue.change"
    READ_RULES = "rules.read"
    TRY_RULES = "rules.try"  #: check, test, backtest
    CHANGE_RULES = "rules.change"
    READ_DRILLS = "drills.read"
    RUN_DRILLS = "drills.run"
    MANAGE_DELIVERIES = "deliveries.manage"  #: webhooks, exchange with other instances
    MANAGE_ACCESS = "access.manage"  #: people and keys
    READ_AUDIT = "audit.read"
    READ_METRICS = "metrics.read"
    NAME_OTHERS = "name-others"  #: act for the persons that a system has signed in itself


P = Permission

#: Whose role is limited to an area or department has none of these: with them the limit is gone,
#: or there is no part of them that lies in an area. Rules, catalogue and trail are the city's; what
#: nobody has adopted yet lies nowhere.
UNLIMITED = frozenset(
    {
        P.MANAGE_ACCESS, P.MANAGE_DELIVERIES, P.CHANGE_RULES, P.CHANGE_CATALOGUE, P.ADOPT_DEVICES,
        P.READ_AUDIT, P.EXPORT,
    }
)  # fmt: skip


class Post(Word):
    """Roles beside those of the workflow. The last three are for keys."""

    ENGINEER = "engineer", "规则工程师"
    DRILL_LEADER = "drill-leader", "演练导调"
    AUDITOR = "auditor", "审计员"
    ADMINISTRATOR = "administrator", "管理员"
    OBSERVER = "observer", "观察员"
    GATEWAY = "gateway", "网关"
    MONITOR = "monitor", "运维监控"
    INTEGRATION = "integration", "对接系统"


#: What all who work with it see.
SEES = frozenset(
    {
        P.READ_TELEMETRY, P.READ_CASES, P.READ_EVALUATION, P.READ_CATALOGUE, P.READ_RULES,
        P.READ_DRILLS,
    }
)  # fmt: skip
_DESK = SEES | {P.STEP_CASES, P.READ_REPORTS}

PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    Role.INTAKE: _DESK | {P.WRITE_REPORTS, P.READ_CALLERS},
    Role.SHIFT_LEAD: _DESK
    | {P.WRITE_REPORTS, P.READ_CALLERS, P.WARN, P.SET_WINDOWS, P.READ_PERSONS, P.EXPORT},
    Role.INSPECTOR: _DESK | {P.WRITE_REPORTS},
    Role.DISPATCHER: _DESK,
    Role.COMMAND_LEAD: _DESK | {P.WARN, P.SET_WINDOWS, P.READ_PERSONS, P.EXPORT},
    Role.DEPARTMENT: _DESK,
    Role.PARTNER: frozenset({P.READ_CASES, P.STEP_CASES, P.READ_CATALOGUE}),
    Role.LEADER: _DESK | {P.WRITE_REPORTS, P.WARN, P.READ_PERSONS, P.EXPORT},
    Role.EVALUATOR: _DESK | {P.READ_PERSONS, P.EXPORT},
    Post.ENGINEER: SEES
    | {P.ADOPT_DEVICES, P.SET_WINDOWS, P.TRY_RULES, P.CHANGE_RULES, P.EXPORT, P.READ_METRICS},
    Post.DRILL_LEADER: SEES | {P.RUN_DRILLS, P.READ_REPORTS, P.WRITE_REPORTS},
    Post.AUDITOR: SEES | {P.READ_REPORTS, P.READ_PERSONS, P.READ_AUDIT, P.EXPORT},
    Post.ADMINISTRATOR: SEES
    | {P.CHANGE_CATALOGUE, P.MANAGE_DELIVERIES, P.MANAGE_ACCESS, P.READ_AUDIT, P.READ_METRICS},
    Post.OBSERVER: SEES,
    Post.GATEWAY: frozenset({P.WRITE_TELEMETRY}),
    Post.MONITOR: frozenset({P.READ_METRICS}),
    Post.INTEGRATION: _DESK | {P.WRITE_REPORTS, P.NAME_OTHERS},
}
