"""A rule pack without a mistake that says all that can be said, and every mistake in it."""

# ruff: noqa: E501 - a sentence a row

from typing import NamedTuple

GOOD = """\
pack: flood.road
rules:
  - id: flood.road.deep
    title: {en: Deep water, zh: 积水}
    status: active
    why: Cars stall.
    source: domain practice
    signals:
      deep:
        select:
          quantity: depth
          kind: [flood]
          class: "0207"
          zone: east
          tags: {role: [road, underpass]}
          ids: [road-1/depth]
          attributes: cover_level
        detect:
          - {with: level, high: 15 cm}
          - {with: level, high: {attribute: cover_level, minus: 0.5 m}}
        combine: all
        policy: {on_delay: PT2M, off_delay: PT10M, deadband: 0.2, samples: 2, longest_gap: PT30M}
      quiet:
        select: {quantity: battery}
        silent: {times: 3, grace: PT2M}
      flagged:
        flags: [FUTURE, EPOCH]
    per: component
    needs: {deep: 1, quiet: {least: 2, share: 0.5}}
    within: PT15M
    rejoin: PT1H
    explained_by:
      - {rule: weather.rain, same: zone, before: PT30M, after: PT10M}
    severity: [{at: 1.0, level: yellow}, {at: 1.8, level: orange}]
    event: {code_list: GB/T 30428.2-2013, code: "0207", condition: standing-water}
    case: {one_per: component, near: 50 m, along: drain}
    false_alarms: [a parked car]
    steps: [Look at it., {en: Close the road., zh: 封闭道路。}]
"""


class Mistake(NamedTuple):
    claim: str
    before: str
    after: str
    says: str
    """After `road.yml: rule flood.road.deep: `, or after `road.yml: ` where it is no rule's."""
    editor: bool = True
    """Whether JSON Schema can tell it too."""

    def text(self) -> str:
        assert GOOD.count(self.before) >= 1, self.before
        return GOOD.replace(self.before, self.after, 1)


NO_DURATION = " is no ISO 8601 duration such as PT15M or P1D"
#: Where a message ends with `...` its beginning is meant: a list follows that grows.
MISTAKES = [
    # The file.
    Mistake("no YAML", "pack: flood.road", "pack: [", "line 3, column 3: not YAML: expected the node content, but found '-'", False),
    Mistake("a misspelt top field", "pack: flood", "pcak: flood", "field 'pcak': no such field; known are pack, rules\nroad.yml: field 'pack': write the pack's name"),
    Mistake("a pack name that is a number", "pack: flood.road", "pack: 7", "field 'pack': write the pack's name"),
    Mistake("no rules", "rules:", "rulse:", "a pack is written {pack: name, rules: [...]}"),
    Mistake("a key that YAML reads as a boolean", "why: Cars", "on: Cars", "line 6: YAML reads the key 'on' as True; put it in quotes or name it otherwise", False),
    Mistake("a key written twice", "why: Cars stall.", "why: a\n    why: b", "line 7: 'why' is written twice; remove one", False),
    # The rule.
    Mistake("an id with capitals", "id: flood.road.deep", "id: Flood Road", "rule Flood Road: id: 'Flood Road' has signs of another kind; use small letters, digits, dots and hyphens, such as flood.road.deep"),
    Mistake("an id that is a number", "id: flood.road.deep", "id: 7", "rule 7: id: must be text, YAML read 7; put it in quotes"),
    Mistake("no id", "id: flood.road.deep\n    title", "title", "rule number 1: id: is missing; add it"),
    Mistake("a rule that is only a name", "title: {en: Deep water, zh: 积水}\n", "title: Deep water\n", "title: write {name: value, ...} with en, zh; YAML read 'Deep water'"),
    Mistake("a title that is a number", "en: Deep water", "en: 7", "title.en: must be text, YAML read 7; put it in quotes"),
    Mistake("no Chinese title", ", zh: 积水", "", "title.zh: is missing; add it"),
    Mistake("an empty Chinese title", "zh: 积水", 'zh: ""', "title.zh: is empty; write it"),
    Mistake("a status of none", "status: active", "status: trial", "status: 'trial' is none of 'draft', 'shadow', 'active' or 'retired'"),
    Mistake("no status", "    status: active\n", "", "status: is missing; add it"),
    Mistake("no reason", "why: Cars stall.", "why:", "why: must be text, YAML read None; put it in quotes"),
    Mistake("an empty reason", "why: Cars stall.", "why: ''", "why: is empty; write it"),
    Mistake("a reason in one language", "why: Cars stall.", "why: {en: Cars stall.}", "why.zh: is missing; add it"),
    Mistake("a reason that is empty in Chinese", "why: Cars stall.", "why: {en: Cars stall., zh: ''}", "why.zh: is empty; write it"),
    Mistake("a source in a third language", "source: domain practice", "source: {en: a, zh: 甲, fr: b}", "source.fr: no such field here; known are en, zh"),
    Mistake("no source", "    source: domain practice\n", "", "source: is missing; add it"),
    Mistake("a misspelt field of a rule", "per: component", "pre: component", "per: is missing; add it; pre: no such field here; known are id, title, status, why, source, signals, per, ..."),
    Mistake("a version by hand", "steps: [", "version: abc\n    steps: [", "version: is reckoned from the rest; remove it"),
    # Which channels.
    Mistake("an unknown quantity", "quantity: depth", "quantity: deepness", "signals.deep.select.quantity: unknown quantity 'deepness'; known are pressure, ..."),
    Mistake("a quantity that is a number", "quantity: depth", "quantity: 7", "signals.deep.select.quantity.0: must be text, YAML read 7; put it in quotes"),
    Mistake("a misspelt field of a selector", "quantity: depth", "qantity: depth", "signals.deep.select.qantity: no such field here; known are quantity, kind, class, zone, tags, ids, ..."),
    Mistake("a kind that is a number", "kind: [flood]", "kind: [7]", "signals.deep.select.kind.0: must be text, YAML read 7; put it in quotes"),
    Mistake("a class that YAML reads as octal", 'class: "0207"', "class: 0207", "signals.deep.select.class.0: must be text, YAML read 135; put it in quotes"),
    Mistake("a class of three digits", 'class: "0207"', 'class: "207"', "signals.deep.select.class: '207' is no class; write its four digits, such as '0103'", False),
    Mistake("a zone that is a number", "zone: east", "zone: 7", "signals.deep.select.zone.0: must be text, YAML read 7; put it in quotes"),
    Mistake("tags without values", "tags: {role: [road, underpass]}", "tags: [road]", "signals.deep.select.tags: write {name: value, ...}; YAML read ['road']"),
    Mistake("a tag that is a number", "role: [road, underpass]", "role: 7", "signals.deep.select.tags.role.0: must be text, YAML read 7; put it in quotes"),
    Mistake("an id of a channel that is a number", "ids: [road-1/depth]", "ids: 7", "signals.deep.select.ids.0: must be text, YAML read 7; put it in quotes"),
    Mistake("an attribute that is a number", "attributes: cover_level", "attributes: 7", "signals.deep.select.attributes.0: must be text, YAML read 7; put it in quotes"),
    # Which detectors.
    Mistake("an unknown detector", "with: level, high: 15", "with: levle, high: 15", "signals.deep: detect, entry 1: unknown detector 'levle'; known are ..."),
    Mistake("a detection that names no detector", "{with: level, high: 15 cm}", "{high: 15 cm}", "signals.deep: detect, entry 1: write {with: name of a detector, and its parameters}"),
    Mistake("a detector by its bare name", "{with: level, high: 15 cm}", "level", "signals.deep: detect, entry 1: write {with: name of a detector, and its parameters}"),
    Mistake("a misspelt parameter", "high: 15 cm", "hihg: 15 cm", "signals.deep: detect, entry 1: level.hihg: no such field here; known are high, low, night_high, ..."),
    Mistake("a unit of something else", "15 cm", "15 kPa", 'signals.deep: detect, entry 1: level.high: the unit "kPa" does not fit depth, which is held in m; expected for example cm', False),
    Mistake("a unit of nothing", "15 cm", "15 xyz", 'signals.deep: detect, entry 1: level.high: the unit "xyz" does not fit depth, which is held in m; expected for example cm', False),
    Mistake("a limit without its unit", "15 cm", "0.15", "signals.deep: detect, entry 1: level.high: 0.15 lacks its unit; write 0.15 and a unit of depth", False),
    Mistake("a limit in words", "15 cm", "fifteen", 'signals.deep: detect, entry 1: level.high: "fifteen" is no amount; expected a number and a unit, as 15 cm'),
    Mistake("a limit that is a boolean", "15 cm", "true", "signals.deep: detect, entry 1: level.high: a limit is a number with its unit, such as 15 cm"),
    Mistake("a limit of a quantity not said", "quantity: depth\n", "quantity: [depth, level]\n", "signals.deep: detect, entry 1: level.high: '15 cm' has a unit, but the signal selects no one quantity", False),
    Mistake("a misspelt attribute limit", "{attribute: cover_level, minus", "{atribute: cover_level, minus", "signals.deep: detect, entry 2: level.high: write {attribute: name} and perhaps times, plus, minus"),
    Mistake("a limit less something without unit", "minus: 0.5 m", "minus: 0.5", "signals.deep: detect, entry 2: level.high: 0.5 lacks its unit; write 0.5 and a unit of depth", False),
    Mistake("detectors that agree in no known way", "combine: all", "combine: most", "signals.deep.combine: 'most' is none of any, all, or how many detectors: 1, 2, ..."),
    Mistake("more detectors than there are", "combine: all", "combine: 3", "signals.deep: combine: 3 of 2 detectors; ask for no more than all", False),
    Mistake("no detector at all", "combine: all", "combine: 0", "signals.deep.combine: 0 is none of any, all, or how many detectors: 1, 2, ..."),
    # How long.
    Mistake("a misspelt field of the policy", "on_delay: PT2M", "on_dealy: PT2M", "signals.deep.policy.on_dealy: no such field here; known are on_delay, off_delay, deadband, samples, longest_gap"),
    Mistake("a policy in a word", "silent: {times: 3, grace: PT2M}", "silent: {times: 3, grace: PT2M}\n        policy: fast", "signals.quiet.policy: write {name: value, ...} with on_delay, off_delay, deadband, samples, longest_gap; YAML read 'fast'"),
    Mistake("a time that YAML reads as a number", "on_delay: PT2M", "on_delay: 12:30", f"signals.deep.policy.on_delay: 750{NO_DURATION} (YAML reads 12:30 as 750)"),
    Mistake("a duration cut short", "on_delay: PT2M", "on_delay: P2", f"signals.deep.policy.on_delay: 'P2'{NO_DURATION}", False),
    Mistake("a negative duration", "off_delay: PT10M", "off_delay: -PT2M", f"signals.deep.policy.off_delay: '-PT2M'{NO_DURATION}", False),
    Mistake("a gap in minutes", "longest_gap: PT30M", "longest_gap: 30 min", f"signals.deep.policy.longest_gap: '30 min'{NO_DURATION}", False),
    Mistake("a deadband over all", "deadband: 0.2", "deadband: 1.5", "signals.deep.policy.deadband: 1.5 is too large; it must be less than 1"),
    Mistake("a negative deadband", "deadband: 0.2", "deadband: -0.1", "signals.deep.policy.deadband: -0.1 is too small; it must be at least 0"),
    Mistake("a deadband in words", "deadband: 0.2", "deadband: wide", "signals.deep.policy.deadband: 'wide' is no number"),
    Mistake("no samples", "samples: 2", "samples: 0", "signals.deep.policy.samples: 0 is too small; it must be more than 0"),
    Mistake("samples in words", "samples: 2", "samples: two", "signals.deep.policy.samples: 'two' is no whole number"),
    Mistake("half a sample", "samples: 2", "samples: 2.5", "signals.deep.policy.samples: 2.5 is no whole number"),
    # Silence and flags.
    Mistake("silence of no length", "times: 3", "times: 0", "signals.quiet.silent.times: 0 is too small; it must be more than 0"),
    Mistake("a grace in seconds", "grace: PT2M", "grace: 120", f"signals.quiet.silent.grace: 120{NO_DURATION} (YAML reads 12:30 as 750)"),
    Mistake("silence as a boolean", "silent: {times: 3, grace: PT2M}", "silent: true", "signals.quiet.silent: write {name: value, ...} with times, grace; YAML read True"),
    Mistake("two questions in one signal", "silent: {times: 3, grace: PT2M}", "silent: {}\n        flags: [FUTURE]", "signals.quiet: a signal has exactly one of detect, silent and flags", False),
    Mistake("an unknown flag", "[FUTURE, EPOCH]", "[FUTRE]", "signals.flagged.flags: unknown flag 'FUTRE'; known are GOOD, ..."),
    Mistake("no flags", "[FUTURE, EPOCH]", "[]", "signals.flagged: a signal has exactly one of detect, silent and flags", False),
    Mistake("a misspelt field of a signal", "select: {quantity: battery}", "selcet: {quantity: battery}", "signals.quiet.selcet: no such field here; known are select, detect, ..."),
    # Channels side by side.
    *(
        Mistake(claim, "[FUTURE, EPOCH]", f"[FUTURE]\n        together: {written}", f"signals.flagged{says}", editor)
        for claim, written, says, editor in [
            ("a group that shares nothing", "{every: PT5M}", ".together.per: is missing; add it", True),
            ("a group in a word", "zone", ".together: write {name: value, ...} with per, every, hold, grace; YAML read 'zone'", True),
            ("a misspelt field of a group", "{per: zone, evry: PT5M}", ".together.evry: no such field here; known are per, every, hold, grace", True),
            ("frames of no length", "{per: zone, every: PT0S}", ".together: every must be PT1S or more", False),
            ("frames in minutes", "{per: zone, every: 5}", f".together.every: 5{NO_DURATION} (YAML reads 12:30 as 750)", True),
            ("a hold that forgets", "{per: zone, hold: PT1M}", ".together: hold must be no shorter than every, or a frame forgets its own", False),
            ("a grace in seconds", "{per: zone, grace: 20}", f".together.grace: 20{NO_DURATION} (YAML reads 12:30 as 750)", True),
            ("a group without detector", "{per: zone}", ": together takes exactly one detector, in detect", False),
        ]
    ),
    # About what, and how many.
    Mistake("a scope that is a number", "per: component", "per: 7", "per: must be text, YAML read 7; put it in quotes"),
    Mistake("a need of no signal", "{deep: 1,", "{dep: 1,", "needs names the signal 'dep', which the rule does not have", False),
    Mistake("a need of none", "{deep: 1,", "{deep: 0,", "needs.deep.least: 0 is too small; it must be more than 0"),
    Mistake("a need in words", "{deep: 1,", "{deep: one,", "needs.deep: 'one' is no number of channels; write 2, or {share: 0.8}"),
    Mistake("a share in per cent", "share: 0.5", "share: 50", "needs.quiet.share: 50 is too large; it must be at most 1"),
    Mistake("a misspelt field of a need", "least: 2", "lest: 2", "needs.quiet.lest: no such field here; known are least, share"),
    Mistake("staying by no signal", "within: PT15M", "stays_while: dep", "stays_while names the signal 'dep', which the rule does not have", False),
    Mistake("all at one instant", "within: PT15M", "within: PT0S", "within PT0S would need all to begin at one instant; leave it out", False),
    Mistake("a time to rejoin in hours", "rejoin: PT1H", "rejoin: 1h", f"rejoin: '1h'{NO_DURATION}", False),
    # Explanations.
    Mistake("an explanation by nothing", "{rule: weather.rain, same", "{same", "explained_by.0.rule: is missing; add it"),
    Mistake("an explanation nowhere", "weather.rain, same: zone,", "weather.rain,", "explained_by.0.same: is missing; add it"),
    Mistake("minutes before", "before: PT30M", "before: 30", f"explained_by.0.before: 30{NO_DURATION} (YAML reads 12:30 as 750)"),
    Mistake("minutes after", "after: PT10M", "after: 10", f"explained_by.0.after: 10{NO_DURATION} (YAML reads 12:30 as 750)"),
    # Severity.
    Mistake("levels that fall", "at: 1.8", "at: 0.8", "severity must rise from a level at 1.0 or less", False),
    Mistake("a first level that is not reached", "at: 1.0", "at: 1.5", "severity must rise from a level at 1.0 or less", False),
    Mistake("a level at nothing", "at: 1.0", "at: 0", "severity.0.at: 0 is too small; it must be more than 0"),
    Mistake("a level in words", "at: 1.0", "at: high", "severity.0.at: 'high' is no number"),
    Mistake("a colour of none", "level: orange", "level: pink", "severity.1.level: 'pink' is none of 'blue', 'yellow', 'orange' or 'red'"),
    Mistake("no severity", "[{at: 1.0, level: yellow}, {at: 1.8, level: orange}]", "[]", "severity: is empty; write at least one entry"),
    Mistake("severity in a word", "[{at: 1.0, level: yellow}, {at: 1.8, level: orange}]", "yellow", "severity: write a list, [..., ...]; YAML read 'yellow'"),
    # The case.
    Mistake("a code that YAML reads as octal", 'code: "0207"', "code: 0207", "event.code: must be text, YAML read 135; put it in quotes"),
    Mistake("no code list", "code_list: GB/T 30428.2-2013, ", "", "event.code_list: is missing; add it"),
    Mistake("no filing condition", ", condition: standing-water", "", "event.condition: is missing; add it"),
    Mistake("a misspelt key of the case", "one_per: component", "one_pre: component", "case.one_per: is missing; add it; case.one_pre: no such field here; known are one_per, near, along, during"),
    Mistake("a case in a word", "case: {one_per: component, near: 50 m, along: drain}", "case: never", "case: write {one_per: component}, or none; not 'never'"),
    Mistake("a case that YAML reads as a boolean", "case: {one_per: component, near: 50 m, along: drain}", "case: no", "case: write {one_per: component}, or none; not False"),
    Mistake("a distance without its unit", "near: 50 m", "near: 50", "case.near: 50 lacks its unit; write it as 50 m"),
    Mistake("a distance in kilograms", "near: 50 m", "near: 50 kg", 'case.near: the unit "kg" does not fit level, which is held in m', False),
    Mistake("a path that is a number", "along: drain", "along: 7", "case.along.0: must be text, YAML read 7; put it in quotes"),
    Mistake("a storm nowhere", "along: drain", "during: [{rule: weather.rain}]", "case.during.0.same: is missing; add it"),
    Mistake("false alarms in one line", "false_alarms: [a parked car]", "false_alarms: a parked car", "false_alarms: write a list, [..., ...]; YAML read 'a parked car'"),
    Mistake("a false alarm in one language", "[a parked car]", "[{zh: 停着的车}]", "false_alarms.0.en: is missing; add it"),
    Mistake("a step that is a number", "steps: [Look at it.,", "steps: [7,", "steps.0: must be text, YAML read 7; put it in quotes"),
    Mistake("a step with a colon", "steps: [Look at it.,", "steps: [{Look: it},", "steps.0.en: is missing; add it; steps.0.zh: is missing; add it; steps.0.Look: no such field here; known are en, zh"),
]  # fmt: skip
