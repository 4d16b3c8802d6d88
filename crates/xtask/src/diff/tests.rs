//! Each rule of the comparison, as one change of a small document.

use super::{Change, changes};
use serde_json::{Value, json};

fn document() -> Value {
    json!({
        "paths": {
            "/v1/things": {
                "post": {
                    "operationId": "thing_create", "x-reach": "department", "x-roles": ["lead_editor", "legal"],
                    "parameters": [
                        {"name": "dry_run", "in": "query", "schema": {"type": "boolean"}},
                        {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["a", "b"]}}
                    ],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingCreate"}}}},
                    "responses": {
                        "201": {"description": "x", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingView"}}}},
                        "404": {"description": "x"}
                    }
                },
                "get": {"operationId": "thing_list", "x-reach": "public", "x-roles": [], "responses": {"200": {"description": "x"}}}
            }
        },
        "components": {"schemas": {
            "ThingCreate": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
                "name": {"type": "string", "maxLength": 20, "minLength": 1},
                "note": {"type": ["string", "null"]},
                "tags": {"type": "array", "maxItems": 5, "items": {"type": "string"}},
                "parent": {"$ref": "#/components/schemas/ThingCreate"}
            }},
            "ThingView": {"type": "object", "required": ["id", "name"], "properties": {
                "id": {"type": "string", "format": "uuid"},
                "name": {"type": "string"},
                "state": {"type": "string", "enum": ["a", "b"]},
                "parent": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/ThingView"}]}
            }}
        }}
    })
}

fn after(edit: impl FnOnce(&mut Value)) -> Vec<Change> {
    let old = document();
    let mut new = document();
    edit(&mut new);
    changes(&old, &new)
}

fn breaking(edit: impl FnOnce(&mut Value)) -> Vec<String> {
    after(edit)
        .into_iter()
        .filter_map(|c| match c {
            Change::Breaking { place, what } => Some(format!("{place}: {what}")),
            Change::Addition { .. } => None,
        })
        .collect()
}

fn operation(d: &mut Value) -> &mut Value {
    &mut d["paths"]["/v1/things"]["post"]
}

fn create(d: &mut Value) -> &mut Value {
    &mut d["components"]["schemas"]["ThingCreate"]
}

fn view(d: &mut Value) -> &mut Value {
    &mut d["components"]["schemas"]["ThingView"]
}

fn remove(v: &mut Value, name: &str) {
    v.as_object_mut().unwrap().remove(name);
}

#[test]
fn the_same_document_has_no_differences() {
    assert_eq!(after(|_| {}), []);
}

#[test]
fn texts_may_change() {
    let found = after(|d| {
        operation(d)["summary"] = json!("other words");
        create(d)["properties"]["name"]["description"] = json!("名称");
        create(d)["properties"]["name"]["example"] = json!("甲");
    });
    assert_eq!(found, []);
}

#[test]
fn operations_that_go_break_and_new_ones_do_not() {
    assert_eq!(
        breaking(|d| remove(&mut d["paths"]["/v1/things"], "get")),
        ["GET /v1/things: the operation is gone"]
    );
    assert_eq!(breaking(|d| remove(&mut d["paths"], "/v1/things")).len(), 2);
    let found = after(|d| d["paths"]["/v1/others"] = json!({"get": {"operationId": "other_list"}}));
    assert_eq!(found, [Change::Addition { place: "GET /v1/others".into(), what: "new operation".into() }]);
}

#[test]
fn a_changed_operation_id_breaks_generated_clients() {
    assert_eq!(
        breaking(|d| operation(d)["operationId"] = json!("thing_add")),
        [r#"POST /v1/things: operationId "thing_create" became "thing_add""#]
    );
}

#[test]
fn rights_that_are_taken_away_break() {
    assert_eq!(
        breaking(|d| operation(d)["x-roles"] = json!(["lead_editor"])),
        ["POST /v1/things: role legal may no longer call it"]
    );
    assert_eq!(breaking(|d| operation(d)["x-roles"] = json!([])), [""; 0]);
    assert_eq!(
        breaking(|d| d["paths"]["/v1/things"]["get"]["x-reach"] = json!("district")),
        ["GET /v1/things: a token is needed now"]
    );
}

#[test]
fn parameters_that_go_or_are_needed_break() {
    assert_eq!(
        breaking(|d| {
            operation(d)["parameters"].as_array_mut().unwrap().remove(0);
        }),
        ["POST /v1/things query dry_run: the parameter is gone"]
    );
    assert_eq!(
        breaking(|d| operation(d)["parameters"][0]["required"] = json!(true)),
        ["POST /v1/things query dry_run: is required now"]
    );
    let new = json!({"name": "mode", "in": "query", "required": true, "schema": {"type": "string"}});
    assert_eq!(
        breaking(|d| operation(d)["parameters"].as_array_mut().unwrap().push(new)),
        ["POST /v1/things query mode: new required parameter"]
    );
}

#[test]
fn words_that_a_request_may_use_must_stay() {
    assert_eq!(
        breaking(|d| operation(d)["parameters"][1]["schema"]["enum"] = json!(["a", "c"])),
        [r#"POST /v1/things query state: the word "b" is not taken any more"#]
    );
    // Readers are told that more words may come.
    assert_eq!(breaking(|d| view(d)["properties"]["state"]["enum"] = json!(["a", "b", "c"])), [""; 0]);
}

#[test]
fn a_new_required_member_of_a_request_breaks() {
    let place = "POST /v1/things request";
    assert_eq!(
        breaking(|d| {
            create(d)["properties"]["kind"] = json!({"type": "string"});
            create(d)["required"] = json!(["name", "kind"]);
        }),
        [format!("{place}/kind: new required member")]
    );
    assert_eq!(breaking(|d| create(d)["properties"]["kind"] = json!({"type": "string"})), [""; 0]);
    assert_eq!(
        breaking(|d| create(d)["required"] = json!(["name", "note"])),
        [format!("{place}/note: is required now")]
    );
    assert_eq!(
        breaking(|d| remove(&mut create(d)["properties"], "note")),
        [format!("{place}/note: the member is gone")]
    );
}

#[test]
fn narrower_bounds_and_types_of_a_request_break() {
    let name = "POST /v1/things request/name";
    assert_eq!(
        breaking(|d| create(d)["properties"]["name"]["maxLength"] = json!(10)),
        [format!("{name}: maxLength 20 became 10")]
    );
    assert_eq!(
        breaking(|d| create(d)["properties"]["name"]["minLength"] = json!(2)),
        [format!("{name}: minLength 1 became 2")]
    );
    assert_eq!(
        breaking(|d| create(d)["properties"]["name"]["pattern"] = json!("^a")),
        [format!(r#"{name}: pattern null became "^a""#)]
    );
    assert_eq!(
        breaking(|d| create(d)["properties"]["note"]["type"] = json!("string")),
        [r#"POST /v1/things request/note: type ["string","null"] became "string""#]
    );
    assert_eq!(
        breaking(|d| create(d)["properties"]["tags"]["maxItems"] = json!(3)),
        ["POST /v1/things request/tags: maxItems 5 became 3"]
    );
    for wider in
        [json!({"type": "string", "maxLength": 40, "minLength": 1}), json!({"type": ["string", "null"]})]
    {
        assert_eq!(breaking(|d| create(d)["properties"]["name"] = wider), [""; 0]);
    }
}

#[test]
fn members_and_types_of_an_answer_must_stay() {
    let place = "POST /v1/things 201";
    assert_eq!(
        breaking(|d| {
            remove(&mut view(d)["properties"], "name");
            view(d)["required"] = json!(["id"]);
        }),
        [format!("{place}/name: the member is gone")]
    );
    assert_eq!(
        breaking(|d| view(d)["required"] = json!(["id"])),
        [format!("{place}/name: was always there and may be absent now")]
    );
    assert_eq!(
        breaking(|d| view(d)["properties"]["name"]["type"] = json!(["string", "null"])),
        [format!(r#"{place}/name: type "string" became ["string","null"]"#)]
    );
    assert_eq!(
        breaking(|d| view(d)["properties"]["id"]["format"] = json!("date")),
        [format!(r#"{place}/id: format "uuid" became "date""#)]
    );
    assert_eq!(breaking(|d| view(d)["properties"]["extra"] = json!({"type": "string"})), [""; 0]);
}

#[test]
fn answers_that_go_break_only_when_they_are_good_ones() {
    assert_eq!(
        breaking(|d| remove(&mut operation(d)["responses"], "201")),
        ["POST /v1/things 201: the answer is gone"]
    );
    assert_eq!(breaking(|d| remove(&mut operation(d)["responses"], "404")), [""; 0]);
    assert_eq!(breaking(|d| operation(d)["responses"]["409"] = json!({"description": "x"})), [""; 0]);
}

#[test]
fn all_of_is_one_object() {
    let mut old = document();
    let base = create(&mut old).clone();
    old["components"]["schemas"]["Base"] = base;
    old["components"]["schemas"]["ThingCreate"] = json!({"allOf": [{"$ref": "#/components/schemas/Base"}]});
    assert_eq!(changes(&old, &document()), []);
    assert_eq!(changes(&document(), &old), []);
}
