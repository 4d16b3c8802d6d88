//! diesel's picture of the gateway's tables (migration `20261123100000_gateway`).

use store_kit::types::{SqlStamp, SqlTextList, SqlUid};

diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    account (id) {
        id -> SqlUid,
        username -> Text,
        display_name -> Text,
        department -> Text,
        regions -> SqlTextList,
        roles -> SqlTextList,
        fields -> SqlTextList,
        password_hash -> Text,
        must_change_password -> Bool,
        password_expires_at -> Nullable<SqlStamp>,
        tokens_from -> BigInt,
        state -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    session (id) {
        id -> SqlUid,
        account_id -> SqlUid,
        address -> Text,
        agent -> Text,
        created_at -> SqlStamp,
        used_at -> SqlStamp,
        expires_at -> SqlStamp,
        ended_at -> Nullable<SqlStamp>,
        ended_why -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    refresh_token (hash) {
        hash -> Text,
        session_id -> SqlUid,
        created_at -> SqlStamp,
        used_at -> Nullable<SqlStamp>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    api_client (id) {
        id -> SqlUid,
        name -> Text,
        department -> Text,
        regions -> SqlTextList,
        roles -> SqlTextList,
        secret_hash -> Text,
        state -> Text,
        expires_at -> Nullable<SqlStamp>,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    signing_key (kid) {
        kid -> Text,
        public_x -> Text,
        sealed -> Text,
        state -> Text,
        created_at -> SqlStamp,
        retires_at -> Nullable<SqlStamp>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    revocation (kind, value) {
        kind -> Text,
        value -> Text,
        before -> BigInt,
        until -> BigInt,
        noted_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    login_guard (key) {
        key -> Text,
        taken -> Integer,
        failed -> Integer,
        since -> SqlStamp,
        touched -> SqlStamp,
        succeeded_at -> Nullable<SqlStamp>,
    }
}
