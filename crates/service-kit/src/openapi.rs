//! Finishing a service's OpenAPI document and merging several into the gateway's.
//!
//! Handlers say what is theirs: path, input, the good answer. What follows from rules is added here, so that it cannot
//! be forgotten: error answers, security, common headers, who may call (from the permission matrix). utoipa collects
//! the handlers themselves, so an operation that is not documented does not exist.

use crate::auth::{Permissions, Reach};
use domain::vocabulary::Role;
use serde_json::{Map, Value, json};

/// Methods of a path item that are operations.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Completes a raw document.
///
/// # Errors
/// Names the operations without an entry in the matrix, and the entries without an operation.
pub fn finish(
    raw: &utoipa::openapi::OpenApi,
    title: &str,
    about: &str,
    permissions: &Permissions,
) -> Result<Value, String> {
    let mut doc = serde_json::to_value(raw).map_err(|e| e.to_string())?;
    doc["openapi"] = json!("3.1.0");
    doc["info"] = json!({
        "title": title,
        "description": about,
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": "MIT OR Apache-2.0"},
        "contact": {"name": "lianjian"},
    });
    doc["servers"] = json!([{"url": "/", "description": "the address this document was read from"}]);
    doc["components"]["securitySchemes"] = json!({
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "Access token from `POST /v1/auth/token` (EdDSA, 15 minutes)."}
    });
    if doc["components"].get("schemas").is_none() {
        doc["components"]["schemas"] = json!({});
    }
    // What every error answer refers to; no handler has to name it.
    for (name, schema) in [
        ("Problem", <crate::error::Problem as utoipa::PartialSchema>::schema()),
        ("ProblemFault", <crate::error::ProblemFault as utoipa::PartialSchema>::schema()),
    ] {
        doc["components"]["schemas"][name] = serde_json::to_value(schema).map_err(|e| e.to_string())?;
    }
    let mut missing = Vec::new();
    let mut seen = Vec::new();
    if let Some(paths) = doc.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths.iter_mut() {
            let Some(item) = item.as_object_mut() else { continue };
            for method in METHODS {
                let Some(op) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
                let id = op.get("operationId").and_then(Value::as_str).unwrap_or_default().to_string();
                seen.push(id.clone());
                match permissions.get(&id) {
                    Some(access) => finish_operation(op, path, method, access),
                    None => missing.push(id),
                }
            }
        }
    }
    if !missing.is_empty() {
        return Err(format!("operations without an entry in the permission matrix: {}", missing.join(", ")));
    }
    let idle: Vec<&str> =
        permissions.0.keys().map(String::as_str).filter(|k| !seen.iter().any(|s| s == k)).collect();
    if !idle.is_empty() {
        return Err(format!("entries of the permission matrix without an operation: {}", idle.join(", ")));
    }
    let mut dangling = Vec::new();
    find_dangling(&doc, &doc, &mut dangling);
    if !dangling.is_empty() {
        return Err(format!(
            "references to nothing (an enum of a query needs #[param(inline)]): {}",
            dangling.join(", ")
        ));
    }
    Ok(doc)
}

/// Collects `$ref`s that lead nowhere in the document.
fn find_dangling(doc: &Value, at: &Value, out: &mut Vec<String>) {
    match at {
        Value::Object(members) => {
            if let Some(target) = members.get("$ref").and_then(Value::as_str)
                && target.strip_prefix('#').is_none_or(|pointer| doc.pointer(pointer).is_none())
                && !out.iter().any(|known| known == target)
            {
                out.push(target.to_string());
            }
            members.values().for_each(|v| find_dangling(doc, v, out));
        }
        Value::Array(items) => items.iter().for_each(|v| find_dangling(doc, v, out)),
        _ => {}
    }
}

fn roles_text(access: &crate::auth::Access) -> String {
    match access.reach {
        Reach::Public => "nobody needs a token".to_string(),
        _ if access.roles.is_empty() => "everybody with a token".to_string(),
        _ => access.roles.iter().map(|r: &Role| r.to_string()).collect::<Vec<_>>().join(", "),
    }
}

fn finish_operation(op: &mut Map<String, Value>, path: &str, method: &str, access: &crate::auth::Access) {
    let public = access.reach == Reach::Public;
    op.insert("security".into(), if public { json!([]) } else { json!([{"bearer": []}]) });
    let reach = match access.reach {
        Reach::Public => "public",
        Reach::District => "district",
        Reach::Department => "department",
        Reach::Own => "own",
    };
    op.insert("x-reach".into(), json!(reach));
    op.insert("x-roles".into(), json!(access.roles.iter().map(ToString::to_string).collect::<Vec<_>>()));
    let described = op.get("description").and_then(Value::as_str).unwrap_or_default().trim().to_string();
    let who = format!("May be called by: {}. Reach: {reach}.", roles_text(access));
    op.insert(
        "description".into(),
        json!(if described.is_empty() { who } else { format!("{described}\n\n{who}") }),
    );

    let has_body = op.contains_key("requestBody");
    let has_id = path.contains('{');
    let if_match = op.get("x-if-match").and_then(Value::as_bool).unwrap_or(false)
        || matches!(method, "put" | "patch" | "delete");
    let mut parameters = op.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    parameters.push(json!({"name": "Accept-Language", "in": "header", "required": false,
        "description": "`zh-CN` (default) or `en`: the language of texts for people.",
        "schema": {"type": "string", "maxLength": 200}}));
    if method == "post" && !public {
        parameters.push(json!({"name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A key of the caller's choice (draft-ietf-httpapi-idempotency-key-header-08). The same key with \
                the same request gets the stored first answer for 48 hours, with `Idempotent-Replayed: true`.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255}}));
    }
    if if_match {
        parameters.push(json!({"name": "If-Match", "in": "header", "required": true,
            "description": "The `ETag` that was read; a changed row answers 412, a missing header 428.",
            "schema": {"type": "string", "maxLength": 100}}));
    }
    if method == "get" && has_id {
        parameters.push(json!({"name": "If-None-Match", "in": "header", "required": false,
            "description": "An `ETag` known to the caller; an unchanged row answers 304.",
            "schema": {"type": "string", "maxLength": 1000}}));
    }
    op.insert("parameters".into(), Value::Array(parameters));

    let mut errors: Vec<(u16, &str)> =
        vec![(400, "The request cannot be read: unknown or repeated parameter, bad JSON, bad cursor.")];
    if !public {
        errors.push((401, "No token, or one that does not count."));
        errors.push((403, "The caller may see this but not do it."));
    }
    if has_id {
        errors.push((404, "Absent, or outside the caller's scope."));
    } else if method != "get" {
        errors.push((404, "Something that the body names is absent, or outside the caller's scope."));
    }
    errors.push((405, "The path has no such method; see `Allow`."));
    if method != "get" {
        errors.push((409, "The state of things forbids it, or the same idempotency key is being worked on."));
        errors.push((422, "Readable but wrong; `errors` names every place."));
        errors.push((507, "The disk is full; nothing was stored."));
    }
    if if_match {
        errors.push((412, "Changed since it was read."));
        errors.push((428, "`If-Match` is missing."));
    } else if method != "get" && has_id {
        errors.push((412, "An `If-Match` was given, and it was changed since it was read."));
    }
    if has_body {
        errors.push((413, "The body is too large."));
        errors.push((415, "The body's type or encoding is not supported."));
    }
    if method == "get" && has_id {
        let responses = op.entry("responses").or_insert_with(|| json!({}));
        if let Some(r) = responses.as_object_mut() {
            r.entry("304").or_insert_with(|| json!({"description": "Unchanged since the `ETag` given."}));
        }
    }
    errors.push((408, "The request did not arrive in time."));
    errors.push((414, "The address is too long (8 KiB)."));
    errors.push((429, "Too many requests; see `Retry-After`."));
    errors.push((431, "The headers are too large."));
    errors.push((500, "A fault of ours; it is logged under `trace_id`."));
    errors.push((503, "Temporarily unavailable; see `Retry-After`."));
    add_errors(op, &errors);
}

/// Adds the problem answers that an operation does not describe itself.
fn add_errors(op: &mut Map<String, Value>, errors: &[(u16, &str)]) {
    let responses = op.entry("responses").or_insert_with(|| json!({}));
    if let Some(responses) = responses.as_object_mut() {
        for (status, text) in errors {
            responses.entry(status.to_string()).or_insert_with(|| {
                json!({"description": text, "content": {"application/problem+json":
                    {"schema": {"$ref": "#/components/schemas/Problem"}}}})
            });
        }
    }
}

/// Merges finished documents: own resources keep their paths, endpoints that every service has move under the service's
/// name (`/catalog/v1/feed`), their operationIds get its prefix. Same-named schemas must be equal.
///
/// # Errors
/// Names schemas that differ and operationIds that collide.
pub fn merge(title: &str, about: &str, parts: &[(&str, &Value)], common: &[&str]) -> Result<Value, String> {
    let mut out = json!({
        "openapi": "3.1.0",
        "info": {"title": title, "description": about, "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0"}, "contact": {"name": "lianjian"}},
        "servers": [{"url": "/", "description": "the gateway"}],
        "tags": [], "paths": {}, "components": {"schemas": {}, "securitySchemes": {}},
    });
    let mut ids = std::collections::BTreeSet::new();
    for (service, doc) in parts {
        if let Some(schemas) = doc["components"]["schemas"].as_object() {
            for (name, schema) in schemas {
                match out["components"]["schemas"].get(name) {
                    Some(known) if known != schema => {
                        return Err(format!("schema {name} of {service} differs from another service's"));
                    }
                    _ => out["components"]["schemas"][name] = schema.clone(),
                }
            }
        }
        out["components"]["securitySchemes"] = doc["components"]["securitySchemes"].clone();
        if let (Some(all), Some(tags)) = (out["tags"].as_array_mut(), doc["tags"].as_array()) {
            for tag in tags {
                if !all.contains(tag) {
                    all.push(tag.clone());
                }
            }
        }
        let Some(paths) = doc["paths"].as_object() else { continue };
        for (path, item) in paths {
            let shared = common.contains(&path.as_str());
            // Health and figures of one process are for its own port; the gateway does not show them.
            let is_probe = matches!(path.as_str(), "/livez" | "/readyz" | "/metrics");
            if shared && is_probe && (*service != "gateway" || path == "/metrics") {
                continue;
            }
            // The gateway's own keep their paths: it is the place that the document is read from.
            if shared && *service == "gateway" && !path.starts_with("/v1/") {
                out["paths"][path] = item.clone();
                continue;
            }
            let place =
                if shared && *service != "gateway" { format!("/{service}{path}") } else { path.clone() };
            let mut item = item.clone();
            if let Some(item) = item.as_object_mut() {
                for method in METHODS {
                    let Some(op) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
                    let id = op.get("operationId").and_then(Value::as_str).unwrap_or_default();
                    let id = if shared { format!("{service}_{id}") } else { id.to_string() };
                    if !ids.insert(id.clone()) {
                        return Err(format!("operationId {id} occurs twice"));
                    }
                    op.insert("operationId".into(), json!(id));
                    if *service != "gateway" {
                        add_errors(
                            op,
                            &[
                                (502, "The service broke off its answer."),
                                (504, "The service did not answer in time."),
                            ],
                        );
                    }
                }
            }
            if out["paths"].get(&place).is_some() {
                return Err(format!("path {place} occurs twice"));
            }
            out["paths"][&place] = item;
        }
    }
    // What every service has comes after what they are for.
    if let Some(tags) = out["tags"].as_array_mut() {
        let is_shared = |tag: &Value| {
            parts.iter().all(|(_, doc)| doc["tags"].as_array().is_some_and(|own| own.contains(tag)))
        };
        tags.sort_by_key(|tag| parts.len() > 1 && is_shared(tag));
    }
    Ok(out)
}

/// First path segments after `/v1/` of a document's own resources: what the gateway routes to that service.
#[must_use]
pub fn segments(doc: &Value, common: &[&str]) -> std::collections::BTreeSet<String> {
    doc["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(path, _)| !common.contains(&path.as_str()))
        .filter_map(|(path, _)| path.strip_prefix("/v1/"))
        .filter_map(|rest| rest.split('/').next())
        .map(ToString::to_string)
        .collect()
}
