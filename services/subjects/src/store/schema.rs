//! diesel's picture of this service's tables (migration `20261123010000_subject`).

use store_kit::types::{SqlDay, SqlJson, SqlStamp, SqlTextList, SqlUid};

diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    subject (key) {
        key -> BigInt,
        id -> SqlUid,
        natural_key -> Text,
        kind -> Text,
        status -> Text,
        is_abnormal_listed -> Bool,
        name -> Text,
        name_key -> Text,
        identifier -> Nullable<Text>,
        identifier_kind -> Nullable<Text>,
        identifier_check -> Nullable<Text>,
        identifier_sealed -> Nullable<Text>,
        region_code -> Text,
        address -> Nullable<Text>,
        industry -> Nullable<Text>,
        legal_representative -> Nullable<Text>,
        phone_sealed -> Nullable<Text>,
        established_on -> Nullable<SqlDay>,
        registration_authority -> Nullable<Text>,
        managing_unit -> Nullable<Text>,
        responsible_name -> Nullable<Text>,
        responsible_identifier -> Nullable<Text>,
        owner_department -> Text,
        departments -> SqlTextList,
        source -> Text,
        content_digest -> Text,
        effective_from -> SqlDay,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    subject_department (department, subject_key) {
        department -> Text,
        subject_key -> BigInt,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    subject_history (subject_key, version) {
        subject_key -> BigInt,
        version -> BigInt,
        valid_from -> SqlDay,
        valid_to -> SqlDay,
        recorded_at -> SqlStamp,
        recorded_by -> Text,
        reason -> Text,
        content -> SqlJson,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    subject_lineage (id) {
        id -> SqlUid,
        kind -> Text,
        from_subject -> SqlUid,
        to_subject -> SqlUid,
        reason -> Text,
        effective_on -> SqlDay,
        recorded_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    tag_scheme (code) {
        code -> Text,
        name -> Text,
        description -> Text,
        department -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    subject_tag (id) {
        id -> SqlUid,
        subject_key -> BigInt,
        scheme -> Text,
        value -> Text,
        state -> Text,
        source -> Text,
        department -> Text,
        valid_from -> SqlDay,
        valid_to -> Nullable<SqlDay>,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    // SQLite only: the full-text table over bigrams; the row id is the subject's key.
    subject_fts (rowid) {
        rowid -> BigInt,
        bigrams -> Text,
    }
}
diesel::table! {
    // PostgreSQL only: the bigrams of a name under a GIN index.
    subject_text (subject_key) {
        subject_key -> BigInt,
        bigrams -> Array<Text>,
    }
}
