//! diesel's picture of the catalog's tables (migrations `20261124000000_catalog`, `20261125000000_rule_packs`). Called by the store functions only.

use store_kit::types::{SqlDay, SqlJson, SqlStamp, SqlTextList, SqlUid};

diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    organ (code) {
        code -> Text,
        name -> Text,
        short_name -> Text,
        aliases -> SqlTextList,
        kind -> Text,
        vertical -> Bool,
        is_enforcement_body -> Bool,
        duties -> SqlTextList,
        region_code -> Text,
        valid_from -> SqlDay,
        valid_to -> Nullable<SqlDay>,
        note -> Nullable<Text>,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    organ_name (key) {
        key -> Text,
        organ_code -> Text,
        matched -> Text,
        spelling -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    organ_duty (duty, organ_code) {
        duty -> Text,
        organ_code -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    region (code) {
        code -> Text,
        name -> Text,
        level -> Text,
        parent -> Nullable<Text>,
        valid_from -> SqlDay,
        valid_to -> Nullable<SqlDay>,
        maps_to -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    industry (code, classification_version) {
        code -> Text,
        classification_version -> Text,
        name -> Text,
        level -> Text,
        section -> Text,
        valid_from -> SqlDay,
        valid_to -> Nullable<SqlDay>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    calendar_year (year) {
        year -> BigInt,
        source -> Text,
        days -> SqlJson,
        uploaded_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    calendar_edition (number) {
        number -> BigInt,
        version -> Text,
        content -> SqlJson,
        created_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    contact (id) {
        id -> SqlUid,
        organ_code -> Text,
        state -> Text,
        leader_name -> Nullable<Text>,
        leader_title -> Nullable<Text>,
        leader_mobile_sealed -> Nullable<Text>,
        contact_name -> Text,
        contact_title -> Nullable<Text>,
        contact_mobile_sealed -> Text,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
        superseded_at -> Nullable<SqlStamp>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    supervision_item (id) {
        id -> SqlUid,
        state -> Text,
        public_state -> Nullable<Text>,
        lead_department -> Text,
        category -> Text,
        field -> Text,
        content -> SqlJson,
        is_example -> Bool,
        published_version -> Nullable<BigInt>,
        submitted_by -> Nullable<Text>,
        entered_at -> SqlStamp,
        due_date -> Nullable<SqlDay>,
        due_at -> Nullable<SqlStamp>,
        due_calendar -> Nullable<Text>,
        transitions -> BigInt,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    item_cooperation (item_id, department) {
        item_id -> SqlUid,
        department -> Text,
        position -> BigInt,
        state -> Text,
        actor -> Nullable<Text>,
        note -> Nullable<Text>,
        decided_at -> Nullable<SqlStamp>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    item_signature (item_id, role) {
        item_id -> SqlUid,
        role -> Text,
        outcome -> Text,
        actor -> Text,
        organ_code -> Text,
        reason -> Text,
        signed_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    item_transition (item_id, number) {
        item_id -> SqlUid,
        number -> BigInt,
        from_state -> Text,
        verb -> Text,
        to_state -> Text,
        actor -> Text,
        organ_code -> Text,
        role -> Text,
        at -> SqlStamp,
        reason -> Nullable<Text>,
        evidence -> SqlJson,
        due_date -> Nullable<SqlDay>,
        due_at -> Nullable<SqlStamp>,
        due_calendar -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    item_version (item_id, number) {
        item_id -> SqlUid,
        number -> BigInt,
        lead_department -> Text,
        departments -> SqlTextList,
        category -> Text,
        content -> SqlJson,
        digest -> Text,
        valid_from -> SqlDay,
        valid_to -> Nullable<SqlDay>,
        reason -> Nullable<Text>,
        published_by -> Text,
        published_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    rule_pack (id) {
        id -> SqlUid,
        number -> Nullable<BigInt>,
        code -> Text,
        title -> Text,
        state -> Text,
        content -> SqlJson,
        digest -> Text,
        findings -> SqlJson,
        valid_from -> SqlDay,
        valid_to -> Nullable<SqlDay>,
        reason -> Text,
        created_by -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<SqlStamp>,
        decision -> Nullable<Text>,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::allow_tables_to_appear_in_same_query!(
    organ,
    organ_name,
    organ_duty,
    region,
    industry,
    calendar_year,
    calendar_edition,
    contact,
    supervision_item,
    item_cooperation,
    item_signature,
    item_transition,
    item_version
);
