//! Every operation, probed: without a token, with too few rights, from another organ, with enough rights; and what it
//! changes is told (S01, S02). New operations are covered by being documented.

use crate::fixtures::{AWAY, Fixtures, HOME};
use crate::operations::{self, Operation};
use domain::vocabulary::Role;
use reqwest::Method;
use serde_json::{Value, json};
use store_kit::ledger::events_after;
use store_kit::{StoreError, sealer};
use testkit::{Answer, Caller, Suite, both};

fn method(operation: &Operation) -> Method {
    Method::from_bytes(operation.method.to_uppercase().as_bytes()).unwrap()
}

fn with_query(operation: &Operation, path: &str) -> String {
    let query: Vec<String> = operation.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if query.is_empty() { path.to_string() } else { format!("{path}?{}", query.join("&")) }
}

/// Roles of an operation, and everybody's where it names none.
fn is_wide(role: &str) -> bool {
    role.parse::<Role>().is_ok_and(Role::is_district_wide)
}

/// Calls the operation with its documented body and, where it wants one, the version of the row.
async fn call(fixtures: &Fixtures, operation: &Operation, caller: &Caller, path: &str) -> Answer {
    let (media, body) = fixtures.body(operation, caller).await;
    let etag = if operation.if_match { etag(fixtures, operation, path).await } else { None };
    let mut headers: Vec<(&str, &str)> = Vec::new();
    headers.extend(media.as_deref().map(|m| ("content-type", m)));
    headers.extend(etag.as_deref().map(|e| ("if-match", e)));
    caller.send(method(operation), &with_query(operation, path), &headers, body.unwrap_or_default()).await
}

/// The version of the row that a path is about: the nearest path upwards that has one.
async fn etag(fixtures: &Fixtures, operation: &Operation, path: &str) -> Option<String> {
    let reader = fixtures.rightful(operation).await;
    let mut at = path;
    while at.len() > "/v1".len() {
        let answer = reader.get(at).await;
        if let Some(etag) = answer.header("etag") {
            return Some(etag.to_string());
        }
        at = at.rsplit_once('/')?.0;
    }
    Some("\"1\"".to_string())
}

both! {
    async fn without_a_token_only_public_operations_answer(suite: Suite) {
        let fixtures = Fixtures::new(suite);
        let nobody = fixtures.suite.anonymous();
        let mut faults = Vec::new();
        for operation in operations::all(&operations::document(&fixtures.suite).await) {
            let path = operation.path.replace(['{', '}'], "");
            let answer = nobody.send(method(&operation), &with_query(&operation, &path), &[], Vec::new()).await;
            let refused = answer.status() == 401 && answer.json()["code"] == "unauthenticated";
            if refused == (operation.reach == "public") && operation.reach != "public" {
                faults.push(format!("{}: {answer}", operation.id));
            }
            // A public operation may refuse what it is given, but never for want of a token.
            if operation.reach == "public" && answer.header("www-authenticate").is_some() && operation.body.is_none() {
                faults.push(format!("{} is public and wants a token: {answer}", operation.id));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    }

    async fn with_a_role_that_is_not_named_nothing_is_done(suite: Suite) {
        let fixtures = Fixtures::new(suite);
        let mut faults = Vec::new();
        for operation in operations::all(&operations::document(&fixtures.suite).await) {
            if operation.roles.is_empty() || operation.reach == "public" {
                continue;
            }
            let path = operation.path.replace(['{', '}'], "");
            for role in Role::ALL.iter().filter(|r| !operation.roles.contains(&r.to_string())) {
                let caller = fixtures.caller(HOME, &role.to_string()).await;
                let answer = caller.send(method(&operation), &with_query(&operation, &path), &[], Vec::new()).await;
                if !matches!(answer.status(), 403 | 404) {
                    faults.push(format!("{} as {role}: {answer}", operation.id));
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    }

    async fn another_organs_row_is_as_absent_as_none(suite: Suite) {
        let fixtures = Fixtures::new(suite);
        let (mut faults, mut probed) = (Vec::new(), 0);
        for operation in operations::all(&operations::document(&fixtures.suite).await) {
            if operation.reach != "department" || operation.places().is_empty() {
                continue;
            }
            let role = match operation.roles.iter().find(|r| !is_wide(r)) {
                Some(role) => role.clone(),
                None if operation.roles.is_empty() => "lead_editor".to_string(),
                // Whoever may call it sees the whole district: there is no such stranger.
                None => continue,
            };
            let home = fixtures.rightful(&operation).await;
            let path = fixtures.path(&operation, &home).await;
            let stranger = fixtures.caller(AWAY, &role).await;
            let hidden = call(&fixtures, &operation, &stranger, &path).await;
            let absent = call(&fixtures, &operation, &stranger, &absent_path(&operation, &path)).await;
            probed += 1;
            if hidden.status() != 404 || shape(&hidden) != shape(&absent) {
                faults.push(format!("{}\nhidden: {hidden}\nabsent: {absent}", operation.id));
            }
        }
        assert!(probed > 5, "only {probed} operations were probed");
        assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    }

    async fn with_enough_rights_it_answers_and_what_changes_is_told(suite: Suite) {
        let fixtures = Fixtures::new(suite);
        let mut faults = Vec::new();
        for operation in operations::all(&operations::document(&fixtures.suite).await) {
            let caller = fixtures.rightful(&operation).await;
            let path = fixtures.path(&operation, &caller).await;
            if operation.method == "get" {
                // A row that is new: what it has not yet is refused as the document says.
                let early = call(&fixtures, &operation, &caller, &path).await;
                if !operation.documents(early.status()) {
                    faults.push(format!("{} answers what it does not document: {early}", operation.id));
                }
            }
            fixtures.make_ready(&operation, &path).await;
            let before = position(&fixtures.suite, &operation.service).await;
            let answer = call(&fixtures, &operation, &caller, &path).await;
            let is_json = operation.body.as_ref().is_none_or(|(media, _)| media.contains("json") && !media.contains("nd"));
            match answer.status() {
                200..=299 => {}
                // What a file holds is for the service's own tests: here it is enough that it was looked into.
                400 | 413 | 422 if !is_json => {}
                _ => faults.push(format!("{}: {answer}", operation.id)),
            }
            if !operation.documents(answer.status()) {
                faults.push(format!("{} answers what it does not document: {answer}", operation.id));
            }
            if operation.changes() && (200..300).contains(&answer.status()) {
                let trace = answer.header("x-trace-id").unwrap_or_default().to_string();
                let (audits, events) = told(&fixtures.suite, &operation.service, before, &trace).await;
                // Sessions and the caller's own things are nobody else's news; everything else is told by the feed.
                let is_news = matches!(operation.reach.as_str(), "district" | "department");
                if audits == 0 || (is_news && events == 0) {
                    faults.push(format!(
                        "{} answered {} and left {audits} audit entries and {events} events",
                        operation.id,
                        answer.status()
                    ));
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    }
}

/// The same path with another last id that nothing has.
fn absent_path(operation: &Operation, path: &str) -> String {
    let places: Vec<&str> = operation.path.split('/').collect();
    let first = places.iter().position(|p| p.starts_with('{')).unwrap_or_default();
    let mut parts: Vec<String> = path.split('/').map(ToString::to_string).collect();
    let is_uuid = parts[first].parse::<uuid::Uuid>().is_ok();
    parts[first] = if is_uuid { uuid::Uuid::now_v7().to_string() } else { "nz-none".to_string() };
    parts.join("/")
}

/// An answer without what must differ: its place and its trace.
fn shape(answer: &Answer) -> Value {
    let mut body: Value = serde_json::from_slice(answer.bytes()).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.insert("instance".into(), json!(""));
        members.insert("trace_id".into(), json!(""));
    }
    json!({"status": answer.status(), "body": body})
}

/// How many audit entries and events a service has.
async fn position(suite: &Suite, service: &str) -> (i64, i64) {
    let (audits, events) = suite.counts(service).await;
    (i64::try_from(audits).unwrap(), i64::try_from(events).unwrap())
}

/// How many audit entries and events came since with this trace id. A long job tells in its own time.
async fn told(suite: &Suite, service: &str, since: (i64, i64), trace: &str) -> (usize, usize) {
    suite.seal(service).await;
    let store = &suite.kit(service).store;
    store
        .read::<_, StoreError, _>(async |c| {
            let lines = sealer::lines_after(c, since.0, 10_000, None).await?;
            let events = events_after(c, since.1, 10_000).await?;
            Ok((
                lines.iter().filter(|l| l.trace_id == trace).count(),
                events.iter().filter(|e| e.trace_id == trace).count(),
            ))
        })
        .await
        .unwrap()
}
