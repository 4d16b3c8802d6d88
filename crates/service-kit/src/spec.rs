//! What the OpenAPI document says of each operation, made quick to use.
//!
//! The document is the truth: a path or method that is not in it does not exist (404, 405 with `Allow`), a query
//! parameter that is not in it is refused, a body is held against its schema and every fault is reported with its
//! pointer. Built once at boot; schemas are compiled when first used.

use crate::auth::{Access, Permissions};
use crate::error::Fault;
use crate::openapi::METHODS;
use actix_web::http::Method;
use jsonschema::error::ValidationErrorKind as V;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A declared query parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// JSON type: `string`, `integer`, `boolean`, `array`.
    pub kind: String,
    schema: Schema,
    check: OnceLock<Option<jsonschema::Validator>>,
}

/// A schema and the components it may refer to; put together only when it is compiled.
///
/// Kept as text: a parsed document takes six times its size, and most schemas of an idle process are never asked for.
#[derive(Debug)]
struct Schema {
    own: String,
    components: Arc<Components>,
}

/// The named schemas of a document, each as text.
type Components = BTreeMap<String, String>;

/// One operation.
pub struct Operation {
    /// operationId.
    pub id: String,
    /// Path template, the label of its metrics.
    pub path: String,
    /// Who may call it.
    pub access: Access,
    /// Declared query parameters.
    pub query: Vec<Parameter>,
    /// Media types of the body.
    pub media: Vec<String>,
    /// Whether the body must be there.
    pub body_required: bool,
    body: Option<Schema>,
    body_check: OnceLock<Option<jsonschema::Validator>>,
    metrics: OnceLock<OperationMetrics>,
}

/// Handles of one operation's metrics, looked up once.
pub struct OperationMetrics {
    /// Requests by status class, index 1–5.
    pub by_class: [metrics::Counter; 6],
    /// Time from arrival to answer.
    pub seconds: metrics::Histogram,
}

/// All operations of one service.
pub struct Spec {
    /// The finished document, as served.
    pub text: Arc<str>,
    routes: matchit::Router<BTreeMap<&'static str, Arc<Operation>>>,
}

/// What the table says of a request line.
pub enum Found {
    /// This operation.
    Operation(Arc<Operation>),
    /// The path exists with these methods.
    OtherMethods(String),
    /// Nothing.
    Nothing,
}

impl Spec {
    /// Builds the table from a finished document.
    ///
    /// # Errors
    /// Names the path that cannot be routed.
    pub fn new(document: &Value, permissions: &Permissions) -> Result<Self, String> {
        let mut routes = matchit::Router::new();
        let schemas = &document["components"]["schemas"];
        let texts = schemas.as_object().into_iter().flatten().map(|(name, s)| (name.clone(), s.to_string()));
        let components = Arc::new(texts.collect::<Components>());
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            let mut methods = BTreeMap::new();
            for method in METHODS {
                let Some(op) = item.get(method) else { continue };
                let id = op["operationId"].as_str().unwrap_or_default();
                let Some(access) = permissions.get(id) else {
                    return Err(format!("operation {id} has no entry in the permission matrix"));
                };
                methods
                    .insert(upper(method), Arc::new(operation(id, path, op, access, schemas, &components)));
            }
            routes.insert(path.as_str(), methods).map_err(|e| format!("path {path}: {e}"))?;
        }
        let text = serde_json::to_string(document).map_err(|e| e.to_string())?.into();
        Ok(Self { text, routes })
    }

    /// Looks a request line up.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Found {
        match self.routes.at(path) {
            Ok(hit) => match hit.value.get(method.as_str()) {
                Some(op) => Found::Operation(Arc::clone(op)),
                None => {
                    let mut allow: Vec<&str> = hit.value.keys().copied().collect();
                    if allow.contains(&"GET") {
                        allow.push("HEAD");
                    }
                    allow.push("OPTIONS");
                    Found::OtherMethods(allow.join(", "))
                }
            },
            Err(_) => Found::Nothing,
        }
    }
}

fn upper(method: &'static str) -> &'static str {
    match method {
        "get" => "GET",
        "post" => "POST",
        "put" => "PUT",
        "patch" => "PATCH",
        _ => "DELETE",
    }
}

fn operation(
    id: &str,
    path: &str,
    op: &Value,
    access: &Access,
    schemas: &Value,
    components: &Arc<Components>,
) -> Operation {
    let with_components = |own: &Value| Schema { own: own.to_string(), components: Arc::clone(components) };
    let query = op["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|p| p["in"] == "query")
        .map(|p| Parameter {
            name: p["name"].as_str().unwrap_or_default().to_string(),
            required: p["required"].as_bool().unwrap_or(false),
            kind: kind_of(&p["schema"], schemas),
            schema: with_components(&p["schema"]),
            check: OnceLock::new(),
        })
        .collect();
    let content = op["requestBody"]["content"].as_object();
    Operation {
        id: id.to_string(),
        path: path.to_string(),
        access: access.clone(),
        query,
        media: content.into_iter().flatten().map(|(k, _)| k.clone()).collect(),
        body_required: op["requestBody"]["required"].as_bool().unwrap_or(false),
        body: content
            .and_then(|c| c.get("application/json").or_else(|| c.get("application/merge-patch+json")))
            .map(|c| with_components(&c["schema"])),
        body_check: OnceLock::new(),
        metrics: OnceLock::new(),
    }
}

fn kind_of(schema: &Value, schemas: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        return kind_of(&schemas[name], schemas);
    }
    match &schema["type"] {
        Value::String(s) => s.clone(),
        Value::Array(a) => {
            a.iter().filter_map(Value::as_str).find(|t| *t != "null").unwrap_or("string").to_string()
        }
        _ => schema["oneOf"]
            .as_array()
            .or_else(|| schema["allOf"].as_array())
            .and_then(|a| a.iter().find(|s| s["type"] != "null"))
            .map_or_else(|| "string".to_string(), |s| kind_of(s, schemas)),
    }
}

fn compile(schema: &Schema) -> Option<jsonschema::Validator> {
    let Schema { own, components } = schema;
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let own = parse(own);
    // Only what the schema reaches: a validator keeps all it was given.
    let mut reached = serde_json::Map::new();
    let mut ahead = references(&own);
    while let Some(name) = ahead.pop() {
        let Some(text) = components.get(&name).filter(|_| !reached.contains_key(&name)) else { continue };
        let named = parse(text);
        ahead.extend(references(&named));
        reached.insert(name, named);
    }
    let mut root = json!({"$schema": "https://json-schema.org/draft/2020-12/schema"});
    if !reached.is_empty() {
        root["components"] = json!({ "schemas": reached });
    }
    match own.get("$ref") {
        Some(r) => root["$ref"] = r.clone(),
        None => root["allOf"] = json!([own]),
    }
    match jsonschema::options().should_validate_formats(true).build(&root) {
        Ok(v) => Some(v),
        Err(e) => {
            tracing::error!(error = %e, "a schema of the document does not compile");
            None
        }
    }
}

/// Names of the components that a schema refers to itself.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, value)| match value.as_str().filter(|_| key == "$ref") {
                Some(target) => target.rsplit('/').next().map(str::to_string).into_iter().collect(),
                None => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

impl Parameter {
    /// Faults of a value.
    pub fn faults(&self, value: &Value) -> Vec<Fault> {
        match self.check.get_or_init(|| compile(&self.schema)) {
            Some(v) => v.iter_errors(value).flat_map(|e| faults_of(&e, &format!("?{}", self.name))).collect(),
            None => Vec::new(),
        }
    }
}

impl Operation {
    /// Its metrics.
    pub fn metrics(&self, service: &'static str) -> &OperationMetrics {
        self.metrics.get_or_init(|| {
            let counter = |class: &'static str| {
                metrics::counter!("http_requests_total", "service" => service, "operation" => self.id.clone(), "class" => class)
            };
            OperationMetrics {
                by_class: ["none", "1xx", "2xx", "3xx", "4xx", "5xx"].map(counter),
                seconds: metrics::histogram!("http_request_seconds", "service" => service, "operation" => self.id.clone()),
            }
        })
    }

    /// Every fault of a body against its schema.
    pub fn body_faults(&self, body: &Value) -> Vec<Fault> {
        let Some(schema) = &self.body else { return Vec::new() };
        match self.body_check.get_or_init(|| compile(schema)) {
            Some(v) => v.iter_errors(body).take(200).flat_map(|e| faults_of(&e, "")).collect(),
            None => Vec::new(),
        }
    }
}

/// Turns a schema violation into faults with our codes and texts in both languages.
fn faults_of(e: &jsonschema::ValidationError<'_>, prefix: &str) -> Vec<Fault> {
    let at = format!("{prefix}{}", e.instance_path());
    let one = |code: &str, zh: String, en: String| vec![Fault::new(at.clone(), code, zh, en)];
    match e.kind() {
        V::AdditionalProperties { unexpected } | V::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                let name = name.replace('~', "~0").replace('/', "~1");
                Fault::new(format!("{at}/{name}"), "unknown_member", "不认识的字段", "unknown member")
            })
            .collect(),
        V::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Fault::new(
                format!("{at}/{name}"),
                "missing_member",
                "缺少必填字段",
                "required member is missing",
            )]
        }
        V::Type { .. } => one("wrong_type", "类型不符".into(), e.masked().to_string()),
        V::Enum { options } => {
            one("not_allowed", format!("只能是 {options}"), format!("must be one of {options}"))
        }
        V::MaxLength { limit } => {
            one("too_long", format!("不得超过 {limit} 个字符"), format!("at most {limit} characters"))
        }
        V::MinLength { limit } => {
            one("too_short", format!("不得少于 {limit} 个字符"), format!("at least {limit} characters"))
        }
        V::Pattern { pattern } => {
            one("pattern_mismatch", format!("格式应为 {pattern}"), format!("must match {pattern}"))
        }
        V::Format { format } => {
            one("bad_format", format!("不是有效的 {format}"), format!("is not a valid {format}"))
        }
        V::Maximum { limit } => one("too_large", format!("不得大于 {limit}"), format!("at most {limit}")),
        V::Minimum { limit } => one("too_small", format!("不得小于 {limit}"), format!("at least {limit}")),
        V::MaxItems { limit } => {
            one("too_many_items", format!("不得超过 {limit} 项"), format!("at most {limit} items"))
        }
        V::MinItems { limit } => {
            one("too_few_items", format!("至少 {limit} 项"), format!("at least {limit} items"))
        }
        V::UniqueItems => one("duplicate_items", "有重复项".into(), "items repeat".into()),
        _ => one("schema_violation", "不符合接口定义".into(), e.masked().to_string()),
    }
}
