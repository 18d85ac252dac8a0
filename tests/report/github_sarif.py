# SPDX-License-Identifier: MIT
"""What GitHub asks of a SARIF log beyond the standard: its page "SARIF support for code scanning". Each function says what
is wrong, one line a fault; nothing: it would be accepted.
"""
import re

RESULTS_MOST, RULES_MOST, RUNS_MOST = 25000, 25000, 20


def text_of(holder, key):
    value = holder.get(key)
    return isinstance(value, dict) and isinstance(value.get("text"), str) and value["text"].strip()


def rule_faults(rule):
    for key in ("shortDescription", "fullDescription", "help"):
        if not text_of(rule, key):
            yield f"rule {rule.get('id')}: no {key}.text"
    if len(rule.get("name", "")) > 255 or not rule.get("name"):
        yield f"rule {rule.get('id')}: no name, or a long one"
    if len(rule.get("fullDescription", {}).get("text", "")) > 1024 or len(rule.get("shortDescription", {}).get("text", "")) > 1024:
        yield f"rule {rule.get('id')}: a description of more than 1024 characters"
    if rule.get("name", "").lower() == rule.get("id", "").lower():
        yield f"rule {rule.get('id')}: its name says no more than its id"
    if rule.get("defaultConfiguration", {}).get("level") not in ("note", "warning", "error"):
        yield f"rule {rule.get('id')}: no level"
    if rule.get("properties", {}).get("problem.severity") not in ("recommendation", "warning", "error"):
        yield f"rule {rule.get('id')}: no severity"


def result_faults(number, result, ids):
    if result.get("ruleId") not in ids:
        yield f"result {number}: its rule is not described"
    if not text_of(result, "message"):
        yield f"result {number}: no message.text"
    if not result.get("locations"):
        yield f"result {number}: no location"
    for location in result.get("locations", ()):
        place = location.get("physicalLocation")
        uri = (place or {}).get("artifactLocation", {}).get("uri")
        if not uri:
            yield f"result {number}: a location without a physical one"
            continue
        # A relative one is placed below the root of the repository; of absolute ones it knows file: alone.
        if uri.startswith("/") or ".." in uri.split("/") or (re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", uri) and not uri.startswith("file:///")):
            yield f"result {number}: {uri} is no place in a repository"
        if not isinstance(place.get("region", {}).get("startLine"), int) or place["region"]["startLine"] < 1:
            yield f"result {number}: no region.startLine"
    if "primaryLocationLineHash" not in result.get("partialFingerprints", {}):
        yield f"result {number}: no fingerprint that GitHub reads"


def faults(log):
    if log.get("version") != "2.1.0" or not re.search(r"sarif-(schema-)?2\.1\.0\.json$", log.get("$schema", "")):
        yield "no $schema or version"
    if not 0 < len(log.get("runs", ())) <= RUNS_MOST:
        yield "no runs, or too many"
    for run in log.get("runs", ()):
        driver = run.get("tool", {}).get("driver", {})
        if not driver.get("name") or not driver.get("semanticVersion"):
            yield "the tool has no name or version"
        rules, results = driver.get("rules", ()), run.get("results", ())
        if len(rules) > RULES_MOST or len(results) > RESULTS_MOST:
            yield f"{len(rules)} rules, {len(results)} results"
        for rule in rules:
            yield from rule_faults(rule)
        ids = {rule["id"] for rule in rules}
        if len(ids) != len(rules):
            yield "two rules have one id"
        for number, result in enumerate(results):
            yield from result_faults(number, result, ids)
        for key in ("strata/v1", "primaryLocationLineHash"):
            prints = [result.get("partialFingerprints", {}).get(key) for result in results]
            if len(set(prints)) != len(prints):
                yield f"{len(prints) - len(set(prints))} of {len(prints)} fingerprints {key} are not unique"
