"""A pack of one rule, and requests that put it in force and on trial."""

PACK = """
pack: test
rules:
  - id: water
    title: {en: standing water, zh: 积水}
    status: active
    why: it is deep
    source: us
    signals: {deep: {select: {quantity: depth}, detect: [{with: level, high: 15 cm}]}}
    per: device
    severity: [{at: 1, level: yellow}]
    event: {code_list: GB/T 30428.2-2013, code: "0506", condition: standing-water}
    case: {one_per: device}
"""
BY = {"actor": "chen", "reason": "to see"}
SAVED, TRIED = BY | {"pack": PACK}, BY | {"pack": PACK.replace("15 cm", "12 cm")}

#: They pass at 15 cm, and the second fails at 12 cm.
WATER_TESTS = """
rules: water.yml
tests:
  - name: deep water is found
    every: PT5M
    channels: {d/depth: {quantity: depth, unit: cm}}
    series: {d/depth: [{for: PT1H, level: 1}, {for: PT1H, level: 20}]}
    expect: [{rule: water}]
  - name: a puddle is not
    every: PT5M
    channels: {d/depth: {quantity: depth, unit: cm}}
    series: {d/depth: [{for: PT2H, level: 12}]}
    expect: []
"""
