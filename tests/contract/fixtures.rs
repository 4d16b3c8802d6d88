//! A fresh row for every place in a path, and bodies that fit them.
//!
//! A place is keyed by the path up to it, so a new resource fails here by name until somebody says how one is made.

mod burden;
mod draws;
mod plans;
mod publicity;
mod registries;
mod visits;

use crate::operations::Operation;
use domain::vocabulary::Role;
use serde_json::{Value, json};
use service_kit::auth::tokens::service_secret;
use service_kit::jobs::new_operation;
use std::cell::Cell;
use std::collections::BTreeMap;
use store_kit::{StoreError, ledger};
use testkit::{Caller, Suite};
use tokio::sync::Mutex;

/// The organ that rows belong to.
pub const HOME: &str = "nz-rsj";
/// The organ that must not see them.
pub const AWAY: &str = "nz-jtj";
/// The organ that cooperates in the items of [`HOME`], as the documented example says.
const COOPERATING: &str = "nz-scjg";

/// How an item comes to each state: the step, and who takes it.
const STEPS: [(&str, &str, &str); 6] = [
    ("submit", HOME, "lead_editor"),
    ("confirm", COOPERATING, "coop_editor"),
    ("legal-pass", "nz-sfj", "legal"),
    ("accept", COOPERATING, "organiser"),
    ("publish", COOPERATING, "organiser"),
    ("propose-change", HOME, "lead_editor"),
];

/// Makes rows and callers for the probes.
pub struct Fixtures {
    pub suite: Suite,
    made: Cell<u32>,
    callers: Mutex<BTreeMap<(String, String), Caller>>,
    /// Somebody of the team of the visit that was made last.
    member: Mutex<Value>,
}

impl Fixtures {
    pub fn new(suite: Suite) -> Self {
        Self { suite, made: Cell::new(0), callers: Mutex::default(), member: Mutex::default() }
    }

    /// A number that was not given before.
    fn fresh(&self) -> u32 {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }

    /// Somebody of an organ with one role; one account each.
    pub async fn caller(&self, organ: &str, role: &str) -> Caller {
        let mut callers = self.callers.lock().await;
        let key = (organ.to_string(), role.to_string());
        if !callers.contains_key(&key) {
            callers.insert(key.clone(), self.suite.clerk(organ, &[role]).await);
        }
        callers[&key].clone()
    }

    /// Somebody who may call the operation.
    pub async fn rightful(&self, operation: &Operation) -> Caller {
        let is_wide = |role: &&String| role.parse::<Role>().is_ok_and(Role::is_district_wide);
        let narrow = operation.roles.iter().find(|r| !is_wide(r));
        let role = narrow.or(operation.roles.first()).map_or("lead_editor", String::as_str);
        match operation.id.as_str() {
            "item_confirm"
            | "item_refuse"
            | "plan_sign"
            | "plan_refuse_signature"
            | "evidence_offer_accept"
            | "evidence_offer_refuse" => self.caller(COOPERATING, role).await,
            // Another person than the one who asks, and one who may approve.
            "draw_replace" => self.caller(HOME, "lead_head").await,
            "contact_clear_phones" => {
                let members = json!({"department": HOME, "roles": [role], "fields": ["contact_clear"]});
                self.suite.account(members).await
            }
            _ if operation.reach == "own" => {
                // Its session or password may be gone afterwards: somebody of its own.
                self.suite.clerk(HOME, &[role]).await
            }
            _ => self.caller(HOME, role).await,
        }
    }

    /// Brings the row at `path` to where the operation can be done: an item along its steps, an account to be enabled.
    pub async fn make_ready(&self, operation: &Operation, path: &str) {
        self.registry_ready(&operation.id, path).await;
        self.visit_ready(&operation.id, path).await;
        self.plan_ready(&operation.id, path).await;
        self.publicity_ready(&operation.id, path).await;
        self.draw_ready(&operation.id, path).await;
        let taken = match operation.id.as_str() {
            "account_enable" => {
                let disable = path.replace("/enable", "/disable");
                let account = disable.trim_end_matches("/disable").to_string();
                self.step(&self.suite.admin().await, &account, "disable").await;
                return;
            }
            "item_confirm" | "item_refuse" | "item_decide" => 1,
            "item_legal_pass" | "item_legal_return" => 2,
            "item_accept" | "item_organiser_return" => 3,
            "item_publish" => 4,
            "item_propose_change" | "item_suspend" | "item_resume" => 5,
            "item_abandon_change" => 6,
            id if id.starts_with("item_version_") => 5,
            _ => return,
        };
        let item: Vec<&str> = path.split('/').take(4).collect();
        let item = item.join("/");
        for (step, organ, role) in STEPS.iter().take(taken) {
            self.step(&self.caller(organ, role).await, &item, step).await;
        }
        match operation.id.as_str() {
            "item_decide" => self.step(&self.caller(COOPERATING, "coop_editor").await, &item, "refuse").await,
            "item_resume" => self.step(&self.caller("nz-sfj", "legal").await, &item, "suspend").await,
            _ => {}
        }
    }

    async fn step(&self, caller: &Caller, row: &str, step: &str) {
        let etag = caller.get(row).await.expect(200).etag();
        let body = if step == "disable" { json!({}) } else { json!({"reason": "样例：按程序办理"}) };
        let answer = caller.post_with(&format!("{row}/{step}"), &[("if-match", &etag)], &body).await;
        assert_eq!(answer.status(), 200, "a fixture's step is refused: {answer}");
    }

    /// The operation's path with every place filled by a fresh row of [`HOME`].
    pub async fn path(&self, operation: &Operation, caller: &Caller) -> String {
        let (mut template, mut path) = (String::new(), String::new());
        for part in operation.path.split('/').skip(1) {
            template = format!("{template}/{part}");
            let value = if operation.id == "calendar_year_create" && part == "{year}" {
                "2027".to_string()
            } else if part.starts_with('{') {
                self.row(&template, &path, caller).await
            } else {
                part.to_string()
            };
            path = format!("{path}/{value}");
        }
        path
    }

    async fn made_at(&self, caller: &Caller, path: &str, body: Value) -> Value {
        let answer = caller.post(path, &body).await;
        assert!(matches!(answer.status(), 200..=202), "a fixture is refused: {answer}");
        answer.json()
    }

    /// A fresh row for the place at the end of `template`.
    async fn row(&self, template: &str, before: &str, caller: &Caller) -> String {
        let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), ToString::to_string);
        if let Some(service) = template.strip_suffix("/v1/operations/{operation_id}") {
            let service = service.trim_start_matches('/');
            return self.operation(if service.is_empty() { "gateway" } else { service }).await;
        }
        if let Some(id) = self.registry_row(template, before).await {
            return id;
        }
        if let Some(id) = self.visit_row(template).await {
            return id;
        }
        if let Some(id) = self.burden_row(template).await {
            return id;
        }
        if let Some(id) = self.draw_row(template).await {
            return id;
        }
        if let Some(id) = self.publicity_row(template).await {
            return id;
        }
        match template {
            "/v1/accounts/{account_id}" => {
                let name = format!("fixture{:04}", self.fresh());
                let body = json!({"username": name, "display_name": "样例", "department": HOME, "roles": ["inspector"]});
                text(&self.made_at(&self.suite.admin().await, "/v1/accounts", body).await["id"])
            }
            "/v1/api-clients/{client_id}" => {
                let name = format!("样例系统{}", self.fresh());
                let body = json!({"name": name, "department": HOME, "roles": ["exchange"]});
                text(&self.made_at(&self.suite.admin().await, "/v1/api-clients", body).await["id"])
            }
            "/v1/auth/sessions/{session_id}" => {
                let page = caller.get("/v1/auth/sessions").await.expect(200).json();
                text(&page["items"][0]["id"])
            }
            "/v1/subjects/{subject_id}" => {
                let body = json!({
                    "kind": "enterprise", "name": format!("汉中样例{}号有限公司", self.fresh()),
                    "identifier": testkit::uscc(10_000 + self.fresh()), "region_code": "610703001", "phone": "13800000009",
                });
                text(&self.made_at(&self.caller(HOME, "lead_editor").await, "/v1/subjects", body).await["id"])
            }
            "/v1/subjects/{subject_id}/tags/{tag_id}" => {
                let editor = self.caller(HOME, "lead_editor").await;
                let scheme = format!("scheme_{}", self.fresh());
                let body = json!({"code": scheme, "name": "样例", "description": ""});
                self.made_at(&editor, "/v1/tag-schemes", body).await;
                let tag = json!({"scheme": scheme, "value": "重点", "source": "样例", "is_proposal": true});
                text(&self.made_at(&editor, before, tag).await["id"])
            }
            "/v1/organs/{code}" => HOME.to_string(),
            "/v1/regions/{code}" => "610703".to_string(),
            "/v1/industries/{code}" => "62".to_string(),
            "/v1/calendar-years/{year}" => "2026".to_string(),
            "/v1/contacts/{contact_id}" => {
                // An organ has one contact at a time.
                let editor = self.caller(HOME, "lead_editor").await;
                let known = editor.get("/v1/contacts").await.expect(200).json();
                match known["items"]
                    .as_array()
                    .and_then(|all| all.iter().find(|c| c["organ_code"] == HOME && c["state"] == "current"))
                {
                    Some(contact) => text(&contact["id"]),
                    None => text(
                        &self.made_at(&editor, "/v1/contacts", self.example("contact_create").await).await["id"],
                    ),
                }
            }
            "/v1/supervision-items/{item_id}" => {
                let body = self.example("item_create").await;
                text(
                    &self
                        .made_at(&self.caller(HOME, "lead_editor").await, "/v1/supervision-items", body)
                        .await["id"],
                )
            }
            "/v1/plans/{plan_id}" => text(&self.plan().await["id"]),
            "/v1/rule-packs/{pack_id}" => {
                let body = self.example("rule_pack_create").await;
                text(&self.made_at(&self.caller("nz-sfj", "legal").await, "/v1/rule-packs", body).await["id"])
            }
            _ if template.contains("/versions/") => "1".to_string(),
            other => panic!("how is a row for {other} made? Say so in tests/contract/fixtures.rs"),
        }
    }

    /// A long job of [`HOME`], as a service would have written it.
    async fn operation(&self, service: &str) -> String {
        let row = new_operation("sample", HOME, "somebody", &json!({}), self.suite.clock.now());
        let id = row.id.0.to_string();
        let put = async move |c: &mut store_kit::AnyConn<'_>| ledger::put_operation(c, &row).await;
        self.suite.kit(service).store.write::<_, StoreError, _>(put).await.unwrap();
        id
    }

    /// The documented example of an operation's body, fitted.
    async fn example(&self, id: &str) -> Value {
        let document = crate::operations::document(&self.suite).await;
        let operation = crate::operations::all(&document).into_iter().find(|o| o.id == id);
        let operation = operation.unwrap_or_else(|| panic!("no operation {id}"));
        let caller = self.caller(HOME, "lead_editor").await;
        let (_, Some(bytes)) = self.body(&operation, &caller).await else { panic!("{id} has no example") };
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Content type and bytes of a body: the documented example, with ids, names and secrets that exist here.
    pub async fn body(&self, operation: &Operation, caller: &Caller) -> (Option<String>, Option<Vec<u8>>) {
        let Some((media, example)) = &operation.body else { return (None, None) };
        let Some(mut body) = example.clone() else {
            let bytes = if media.contains("ndjson") { b"{}\n".to_vec() } else { b"-".to_vec() };
            return (Some(media.clone()), Some(bytes));
        };
        self.fit(&mut body).await;
        self.registry_body(&operation.id, &mut body).await;
        self.burden_body(&operation.id, &mut body);
        self.visit_body(&operation.id, &mut body).await;
        self.draw_body(&operation.id, &mut body).await;
        match operation.id.as_str() {
            "token_create" => {
                body = json!({"username": "admin", "password": testkit::caller::ADMIN_PASSWORD})
            }
            "token_refresh" => {
                let login = json!({"username": "admin", "password": testkit::caller::ADMIN_PASSWORD});
                let session = self.suite.anonymous().post("/v1/auth/token", &login).await.expect(200).json();
                body = json!({"refresh_token": session["refresh_token"]});
            }
            "client_token_create" => {
                let secret = service_secret(&self.suite.core().service_key, "catalog");
                body = json!({"client_id": "service:catalog", "client_secret": secret});
            }
            "subject_claim" => body["identifier"] = json!(self.subject(AWAY).await["identifier"]),
            "account_password_change" => body["old_password"] = json!(caller.password().unwrap_or_default()),
            "account_role_change" => body = json!({"grant": ["lead_head"], "revoke": []}),
            _ => {}
        }
        (Some(media.clone()), Some(body.to_string().into_bytes()))
    }

    async fn subject(&self, organ: &str) -> Value {
        let body = json!({
            "kind": "enterprise", "name": format!("汉中样例{}号有限公司", self.fresh()),
            "identifier": testkit::uscc(10_000 + self.fresh()), "region_code": "610703001",
        });
        let mut made =
            self.made_at(&self.caller(organ, "lead_editor").await, "/v1/subjects", body.clone()).await;
        made["identifier"] = body["identifier"].clone();
        made
    }

    /// Puts what exists in place of what the example names.
    async fn fit(&self, body: &mut Value) {
        let Some(members) = body.as_object_mut() else { return };
        let names: Vec<String> = members.keys().cloned().collect();
        for name in names {
            let value = match name.as_str() {
                "username" => json!(format!("fixture{:04}", self.fresh())),
                "identifier" | "uscc" => json!(testkit::uscc(10_000 + self.fresh())),
                "code" if members[&name].is_string() => json!(format!("fixture{}", self.fresh())),
                "department" | "lead_department" | "organ_code" => json!(HOME),
                "subject_id" | "from_subject_id" | "to_subject_id" | "predecessor_id" | "successor_id" => {
                    self.subject(HOME).await["id"].clone()
                }
                "from" | "to" if members[&name].is_array() => json!([self.subject(HOME).await["id"]]),
                // An example's dates grow old.
                "effective_on" | "valid_from" => json!(self.suite.clock.today().to_string()),
                "valid_to" => {
                    json!(self.suite.clock.today().saturating_add(jiff::Span::new().years(1)).to_string())
                }
                "aliases" => json!([format!("样例别名{}", self.fresh())]),
                "scheme" => {
                    let scheme = format!("scheme_{}", self.fresh());
                    let body = json!({"code": scheme, "name": "样例", "description": ""});
                    self.made_at(&self.caller(HOME, "lead_editor").await, "/v1/tag-schemes", body).await;
                    json!(scheme)
                }
                _ => continue,
            };
            members.insert(name, value);
        }
    }
}
