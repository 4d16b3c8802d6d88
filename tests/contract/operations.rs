//! The operations of the document, in the shape that the probes want.
//!
//! Read from `GET /openapi.json` at the gateway, so what is probed is what a stranger would find.

use serde_json::{Value, json};
use testkit::Suite;

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    /// `public`, `district`, `department` or `own`.
    pub reach: String,
    /// Roles that may call it; none means everybody with a token.
    pub roles: Vec<String>,
    /// The service that answers it.
    pub service: String,
    /// Media type and example of its body.
    pub body: Option<(String, Option<Value>)>,
    /// Query parameters that must be there, with an example each.
    pub query: Vec<(String, String)>,
    /// Statuses that the document says it may answer with.
    pub statuses: Vec<u16>,
    /// Whether it wants `If-Match`.
    pub if_match: bool,
    /// Whether it says of itself that it changes nothing, though it is not a `GET`.
    pub is_safe: bool,
}

impl Operation {
    /// Whether it changes rows.
    pub fn changes(&self) -> bool {
        self.method != "get" && !self.is_safe
    }

    /// Whether the document says that it may answer so.
    pub fn documents(&self, status: u16) -> bool {
        self.statuses.contains(&status)
    }

    /// Names of the places in its path.
    pub fn places(&self) -> Vec<String> {
        self.path.split('/').filter(|p| p.starts_with('{')).map(ToString::to_string).collect()
    }
}

/// The document as the gateway serves it.
pub async fn document(suite: &Suite) -> Value {
    suite.anonymous().get("/openapi.json").await.expect(200).json()
}

/// All operations of a merged document.
pub fn all(document: &Value) -> Vec<Operation> {
    let routes = suite::routes().unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in service_kit::openapi::METHODS {
            let Some(op) = item.get(method) else { continue };
            let parameters: Vec<&Value> = op["parameters"].as_array().into_iter().flatten().collect();
            found.push(Operation {
                id: op["operationId"].as_str().unwrap_or_default().to_string(),
                method: method.to_string(),
                path: path.clone(),
                reach: op["x-reach"].as_str().unwrap_or_default().to_string(),
                roles: serde_json::from_value(op["x-roles"].clone()).unwrap_or_default(),
                service: service_of(path, &routes),
                body: body_of(op, document),
                query: parameters
                    .iter()
                    .filter(|p| p["in"] == "query" && p["required"] == true)
                    .map(|p| (text(&p["name"]), example_of(p, document)))
                    .collect(),
                statuses: op["responses"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .filter_map(|s| s.parse().ok())
                    .collect(),
                if_match: parameters.iter().any(|p| p["name"] == "If-Match" && p["in"] == "header"),
                is_safe: op["x-safe"] == true,
            });
        }
    }
    assert!(found.len() > 30, "only {} operations: this is not the whole document", found.len());
    found
}

fn service_of(path: &str, routes: &std::collections::BTreeMap<String, String>) -> String {
    let mut parts = path.split('/').skip(1);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if first == "v1" {
        routes.get(second).cloned().unwrap_or_else(|| "gateway".to_string())
    } else if routes.values().any(|s| s == first) {
        first.to_string()
    } else {
        "gateway".to_string()
    }
}

fn body_of(op: &Value, document: &Value) -> Option<(String, Option<Value>)> {
    let content = op["requestBody"]["content"].as_object()?;
    let (media, body) = content.get_key_value("application/json").or_else(|| content.iter().next())?;
    let schema = resolve(&body["schema"], document);
    let example = [&body["example"], &schema["example"]]
        .into_iter()
        .chain(body["examples"].as_object().into_iter().flatten().map(|(_, e)| &e["value"]))
        .chain(schema["examples"].as_array().into_iter().flatten())
        .find(|e| !e.is_null());
    Some((media.clone(), example.cloned()))
}

fn resolve<'a>(schema: &'a Value, document: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        Some(name) => &document["components"]["schemas"][name],
        None => schema,
    }
}

fn example_of(parameter: &Value, document: &Value) -> String {
    let schema = resolve(&parameter["schema"], document);
    let day = json!("2026-11-23");
    [&parameter["example"], &parameter["schema"]["example"], &schema["example"], &schema["minimum"]]
        .into_iter()
        .chain(schema["enum"].as_array().into_iter().flatten())
        .chain((schema["format"] == "date").then_some(&day))
        .find(|v| !v.is_null())
        .map(|v| v.as_str().map_or_else(|| v.to_string(), ToString::to_string))
        .unwrap_or_else(|| panic!("a required query parameter without an example: {parameter}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
