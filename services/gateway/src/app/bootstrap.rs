//! What the first start makes: a signing key and the first administrator.
//!
//! On PostgreSQL several replicas may start at once; a lock makes them queue up, and only the first finds nothing. The
//! made-up password goes to the configuration's slot for the terminal and nowhere else. Called by `prepare`.

use crate::app::account_password::ONE_TIME;
use crate::app::hasher::Hasher;
use crate::app::key_ring::fresh_key;
use crate::config::Config;
use crate::domain::{password, secret, username};
use crate::store::account::{AccountRow, account_create, account_exists};
use crate::store::signing_key::{signing_key_create, signing_key_list};
use domain::vocabulary::Role;
use service_kit::change::{Actor, run};
use service_kit::config::Secret;
use service_kit::{Error, Kit, Result};
use store_kit::AnyConn;
use store_kit::types::{Stamp, TextList, Uid};
use uuid::Uuid;

/// Organ of the first administrator: the district market regulation bureau, which organises the supervision.
pub const FIRST_DEPARTMENT: &str = "nz-scjg";

/// Makes what is missing.
///
/// # Errors
/// The store's and the key provider's.
pub async fn bootstrap(kit: &Kit, config: &Config, hasher: &Hasher) -> Result<()> {
    let (has_account, has_key) = kit
        .store
        .read::<_, Error, _>(async |c| Ok((account_exists(c).await?, !signing_key_list(c).await?.is_empty())))
        .await?;
    if has_account && has_key {
        return Ok(());
    }
    let key = fresh_key(kit)?;
    let (typed, made_up) = match &config.admin_password {
        Some(Secret(typed)) => (typed.clone(), false),
        None => (secret::one_time_password(), true),
    };
    let password_hash = hasher.hash(&password::normalise(&typed)).await?;
    let now = kit.clock.now();
    let row = AccountRow {
        id: Uid(Uuid::now_v7()),
        username: username::FIRST.to_string(),
        display_name: "首任管理员".to_string(),
        department: FIRST_DEPARTMENT.to_string(),
        regions: TextList::default(),
        roles: TextList([Role::Organiser, Role::SystemAdmin].map(|r| r.to_string()).to_vec()),
        fields: TextList::default(),
        password_hash,
        must_change_password: made_up,
        password_expires_at: made_up
            .then(|| now.saturating_add(ONE_TIME).map(Stamp::from))
            .and_then(Result::ok),
        tokens_from: 0,
        state: "active".to_string(),
        version: 1,
        created_at: Stamp::from(now),
        updated_at: Stamp::from(now),
    };
    let made = run(kit, Actor::task("bootstrap", now), async move |tx| {
        if let AnyConn::Pg(_) = tx.conn() {
            tx.conn().batch("SELECT pg_advisory_xact_lock(7210, hashtext(current_schema()))").await?;
        }
        let mut made = false;
        if signing_key_list(tx.conn()).await?.is_empty() {
            signing_key_create(tx.conn(), &key).await?;
            tx.audit("signing_key", &key.kid, serde_json::json!({"state": "active"}));
        }
        if !account_exists(tx.conn()).await? {
            account_create(tx.conn(), &row).await?;
            tx.audit("account", row.id.0, serde_json::json!({"version": 1, "roles": row.roles.0}));
            made = true;
        }
        // Another replica may have been quicker: then this is all there is to say.
        tx.audit("gateway", "bootstrap", serde_json::json!({"account": made}));
        Ok(made)
    })
    .await?;
    if made && made_up {
        config.first_password.put(typed);
    }
    Ok(())
}
