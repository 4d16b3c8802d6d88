//! diesel's picture of the tables that every service has (migration `20261123000000_ledger`).

use crate::types::{SqlStamp, SqlTextList, SqlUid};

diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    event (position) {
        position -> BigInt,
        seq -> Nullable<BigInt>,
        id -> SqlUid,
        kind -> Text,
        subject -> Text,
        departments -> SqlTextList,
        region -> Text,
        occurred_at -> SqlStamp,
        trace_id -> Text,
        data -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    audit_entry (position) {
        position -> BigInt,
        seq -> Nullable<BigInt>,
        id -> SqlUid,
        at -> SqlStamp,
        actor -> Text,
        organ -> Text,
        action -> Text,
        target_kind -> Text,
        target -> Text,
        trace_id -> Text,
        detail -> Text,
        hash -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    audit_head (seq) {
        seq -> BigInt,
        hash -> Text,
        sealed_at -> SqlStamp,
        key_id -> Text,
        signature -> Text,
    }
}
diesel::table! {
    seal_state (id) {
        id -> BigInt,
        event_seq -> BigInt,
        audit_seq -> BigInt,
        audit_hash -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    idempotency_record (scope) {
        scope -> Text,
        fingerprint -> Text,
        status -> Integer,
        headers -> Text,
        body -> Text,
        created_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    operation (id) {
        id -> SqlUid,
        kind -> Text,
        state -> Text,
        department -> Text,
        created_by -> Text,
        done -> BigInt,
        failed -> BigInt,
        total -> Nullable<BigInt>,
        parameters -> Text,
        result -> Nullable<Text>,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    operation_fault (operation_id, number) {
        operation_id -> SqlUid,
        number -> BigInt,
        line -> BigInt,
        cell -> Text,
        code -> Text,
        severity -> Text,
        value -> Text,
        hint -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    task_lease (name) {
        name -> Text,
        holder -> Text,
        expires_at -> SqlStamp,
    }
}
diesel::table! {
    feed_cursor (source) {
        source -> Text,
        seq -> BigInt,
    }
}
