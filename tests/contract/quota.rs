//! No field for a quota of checks or of fines exists anywhere (ENF-13, 国办发〔2024〕54号): every member and parameter of the
//! merged document is held against names and words that such a field would have.

use serde_json::{Value, json};

/// A word that says how much has to be reached.
const DEMANDS: [&str; 7] = ["quota", "kpi", "target", "goal", "assessment_index", "to_reach", "to_fulfil"];
/// What may not be demanded.
const DEMANDED: [&str; 14] = [
    "check",
    "inspection",
    "visit",
    "fine",
    "penalt",
    "case",
    "confiscat",
    "revenue",
    "seizure",
    "punish",
    "order",
    "violation",
    "amount",
    "count",
];
/// Words that give such a field away by themselves.
const PHRASES: [&str; 18] = [
    "quota",
    "number of checks to be reached",
    "amount of fines to be reached",
    "fines to be collected",
    "checks to be carried out by the organ",
    "检查指标",
    "检查任务数",
    "罚款指标",
    "罚没指标",
    "罚没任务",
    "罚没收入目标",
    "处罚指标",
    "处罚任务",
    "办案指标",
    "办案任务",
    "立案指标",
    "考核指标",
    "指标任务",
];

/// Whether a member of this name and description could hold a quota.
fn is_quota(name: &str, description: &str) -> bool {
    let name = name.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| name.contains(w));
    let by_name = name.contains("quota") || name.contains("kpi") || (says(&DEMANDS) && says(&DEMANDED));
    let text = description.to_lowercase();
    by_name || PHRASES.iter().any(|p| text.contains(p))
}

/// Places of a document that could hold a quota.
fn quotas(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found
}

fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(properties) = members.get("properties").and_then(Value::as_object) {
                for (name, schema) in properties {
                    if is_quota(name, schema["description"].as_str().unwrap_or_default()) {
                        found.push(format!("{at}/properties/{name}"));
                    }
                }
            }
            if let (Some(name), Some(_)) = (members.get("name").and_then(Value::as_str), members.get("in"))
                && is_quota(name, members.get("description").and_then(Value::as_str).unwrap_or_default())
            {
                found.push(format!("{at} (parameter {name})"));
            }
            for (name, inner) in members {
                // An example shows values, not fields of its own.
                if !matches!(name.as_str(), "example" | "examples" | "enum") {
                    walk(inner, &format!("{at}/{name}"), found);
                }
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                walk(inner, &format!("{at}/{i}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn no_field_of_the_whole_document_can_hold_a_quota_of_checks_or_fines() {
    let document = suite::merged_document().unwrap();
    let members: usize = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|s| s["properties"].as_object())
        .map(serde_json::Map::len)
        .sum();
    assert!(members > 300, "only {members} members were looked at");
    assert_eq!(quotas(&document), Vec::<String>::new());
}

#[test]
fn a_field_for_a_quota_would_be_found_wherever_it_hid() {
    let planted = [
        ("inspection_quota", "Inspections of the year."),
        ("fine_target_yuan", "Yuan."),
        ("kpi", ""),
        ("visits_to_reach", "Visits."),
        ("value", "年度罚没任务（万元）"),
        ("n", "Number of checks to be reached by the organ"),
    ];
    for (name, description) in planted {
        let mut document = suite::merged_document().unwrap();
        document["components"]["schemas"]["PlanCreate"]["properties"][name] =
            json!({"type": "integer", "description": description});
        assert_eq!(quotas(&document).len(), 1, "{name}: {description}");
        let deep = json!({"paths": {"/v1/x": {"get": {"parameters": [
            {"name": name, "in": "query", "description": description, "schema": {"type": "integer"}}]}}},
            "components": {"schemas": {"A": {"allOf": [{"type": "object", "properties": {name: {"description": description}}}]}}}});
        assert_eq!(quotas(&deep).len(), 2, "{name}: {description}");
    }
}

#[test]
fn what_limits_or_counts_is_no_quota() {
    for (name, description) in [
        ("cap", "Most visits to one subject in the year."),
        ("legal_minimum", "Fewest visits that a law asks for."),
        ("quantity_text", "检查数量（比例、频次）"),
        ("frequency_per_year", "Visits of one subject in the year."),
        ("target", "Id of the row changed."),
    ] {
        assert!(!is_quota(name, description), "{name}");
    }
}
