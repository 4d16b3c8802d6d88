//! Use cases of the contact table (Attachment 3): organ-internal, numbers sealed at rest and masked in answers.
//!
//! A clear number is given by one operation only, to who has the field right `contact_clear`, with a reason, and each time
//! with an audit entry. No number and no name goes into audit details or events.

use super::{WHOLE_DISTRICT, Who, other_department};
use crate::api::contact::{
    ClearPhonesQuery, ClearPhonesView, ContactCreate, ContactListQuery, ContactPage, ContactState,
    ContactUpdate, ContactView,
};
use crate::store::contact::{self as store, ContactRow};
use crate::store::organ;
use domain::code::mobile::Mobile;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use std::sync::Arc;
use store_kit::crypto::CryptoProvider;
use uuid::Uuid;

/// Field right to clear numbers.
pub(super) const CLEAR: &str = "contact_clear";

/// Seals and opens the numbers of contacts.
#[derive(Clone)]
pub(super) struct Numbers(pub Arc<dyn CryptoProvider>);

impl Numbers {
    pub fn seal(&self, id: Uuid, member: &str, mobile: &Mobile) -> Result<String> {
        Ok(self.0.seal(&format!("contact/{member}/{id}"), mobile.reveal())?)
    }

    /// The number, still printing masked only.
    pub fn open(&self, id: Uuid, member: &str, sealed: &str) -> Result<Mobile> {
        let clear = self.0.open(&format!("contact/{member}/{id}"), sealed)?;
        Mobile::parse(&clear).map_err(|e| Error::internal(format!("a stored number does not read: {e}")))
    }

    pub fn leader(&self, row: &ContactRow) -> Result<Option<Mobile>> {
        row.leader_mobile_sealed.as_deref().map(|s| self.open(row.id.0, "leader_mobile", s)).transpose()
    }

    pub fn contact(&self, row: &ContactRow) -> Result<Mobile> {
        self.open(row.id.0, "contact_mobile", &row.contact_mobile_sealed)
    }

    pub fn view(&self, row: ContactRow) -> Result<ContactView> {
        let leader_mobile = self.leader(&row)?.map(|m| m.masked());
        let contact_mobile = self.contact(&row)?.masked();
        let ContactRow {
            id,
            organ_code,
            state,
            leader_name,
            leader_title,
            leader_mobile_sealed: _,
            contact_name,
            contact_title,
            contact_mobile_sealed: _,
            created_by: _,
            version,
            created_at,
            updated_at,
            superseded_at,
        } = row;
        let state = if state == store::CURRENT { ContactState::Current } else { ContactState::Superseded };
        Ok(ContactView {
            id: id.0,
            organ_code,
            state,
            leader_name,
            leader_title,
            leader_mobile,
            contact_name,
            contact_title,
            contact_mobile,
            version,
            created_at: created_at.0,
            updated_at: updated_at.0,
            superseded_at: superseded_at.map(|s| s.0),
        })
    }
}

/// Lists contacts.
pub async fn contact_list(ctx: &Ctx, query: ContactListQuery) -> Result<Reply> {
    let ContactListQuery { organ_code, state, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let (scope, numbers) = (ctx.scope(), Numbers(Arc::clone(&ctx.kit.crypto)));
    let filter = (organ_code.as_deref(), state.map(ContactState::as_str));
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::contact_list(c, &scope, filter, after, limit + 1).await?));
    let Page { items, next } = Page::cut(ctx, rows.await?, limit, |r| r.id.0);
    let items = items.into_iter().map(|r| numbers.view(r)).collect::<Result<Vec<_>>>()?;
    Ok(Reply::page(ctx, &ContactPage { items, next: next.clone() }, next.as_deref())?
        .header("cache-control", "no-store"))
}

async fn find(ctx: &Ctx, id: Uuid) -> Result<ContactRow> {
    let scope = ctx.scope();
    let row =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::contact_view(c, &scope, id).await?)).await?;
    row.ok_or_else(|| Error::not_found("contact"))
}

/// One contact.
pub async fn contact_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let row = find(ctx, id).await?;
    let version = row.version;
    let view = Numbers(Arc::clone(&ctx.kit.crypto)).view(row)?;
    Ok(Reply::ok(&view)?.version(version).header("cache-control", "no-store"))
}

fn mobile(pointer: &str, text: &str, faults: &mut Vec<Fault>) -> Option<Mobile> {
    match Mobile::parse(text) {
        Ok(m) => Some(m),
        Err(e) => {
            faults.push(Fault::new(
                pointer,
                e.code(),
                "须为11位手机号码",
                "must be a mobile number of eleven digits",
            ));
            None
        }
    }
}

fn plain(pointer: &str, text: Option<&str>, faults: &mut Vec<Fault>) {
    let Some(text) = text else { return };
    if domain::text::refuse_control(text, false).is_err() || text.trim().is_empty() {
        faults.push(Fault::new(
            pointer,
            "bad_text",
            "不能为空或含控制字符",
            "must hold text and no control character",
        ));
    }
}

/// Adds a contact.
pub async fn contact_create(ctx: &Ctx, body: ContactCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let ContactCreate {
        organ_code,
        leader_name,
        leader_title,
        leader_mobile,
        contact_name,
        contact_title,
        contact_mobile,
    } = body;
    let organ_code = organ_code.unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&organ_code) {
        return Err(other_department());
    }
    let mut faults = Vec::new();
    plain("/leader_name", leader_name.as_deref(), &mut faults);
    plain("/leader_title", leader_title.as_deref(), &mut faults);
    plain("/contact_name", Some(&contact_name), &mut faults);
    plain("/contact_title", contact_title.as_deref(), &mut faults);
    let leader = leader_mobile.as_deref().and_then(|m| mobile("/leader_mobile", m, &mut faults));
    let contact = mobile("/contact_mobile", &contact_mobile, &mut faults);
    let (Some(contact), true) = (contact, faults.is_empty()) else { return Err(Error::invalid(faults)) };
    let numbers = Numbers(Arc::clone(&ctx.kit.crypto));
    ctx.change(async move |tx| {
        if organ::organ_view(tx.conn(), &organ_code).await?.is_none() {
            return Err(Error::invalid_at(
                "/organ_code",
                "unknown_department",
                "没有这个机构",
                "no such organ",
            ));
        }
        let id = domain::ids::ContactId::new().into_inner();
        let now = tx.now();
        let row = ContactRow {
            id: id.into(),
            organ_code,
            state: store::CURRENT.to_string(),
            leader_name,
            leader_title,
            leader_mobile_sealed: leader.map(|m| numbers.seal(id, "leader_mobile", &m)).transpose()?,
            contact_name,
            contact_title,
            contact_mobile_sealed: numbers.seal(id, "contact_mobile", &contact)?,
            created_by: tx.actor().subject.clone(),
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
            superseded_at: None,
        };
        store::contact_create(tx.conn(), &row).await.or_conflict(
            "contact_exists",
            "该单位已有现行联络人，请修改，或先作废再新增",
            "The organ has a contact in use: change it, or supersede it first",
        )?;
        tell(tx, "created", &row)?;
        Ok(Reply::created(&numbers.view(row)?, format!("/v1/contacts/{id}"))?.version(1))
    })
    .await
}

/// Changes a contact.
pub async fn contact_update(ctx: &Ctx, id: Uuid, body: ContactUpdate) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    let ContactUpdate {
        leader_name,
        leader_title,
        leader_mobile,
        contact_name,
        contact_title,
        contact_mobile,
    } = body;
    let mut faults = Vec::new();
    plain("/leader_name", leader_name.as_ref().and_then(|n| n.as_deref()), &mut faults);
    plain("/leader_title", leader_title.as_ref().and_then(|n| n.as_deref()), &mut faults);
    plain("/contact_name", contact_name.as_deref(), &mut faults);
    plain("/contact_title", contact_title.as_ref().and_then(|n| n.as_deref()), &mut faults);
    let leader = leader_mobile.map(|m| m.and_then(|m| mobile("/leader_mobile", &m, &mut faults)));
    let contact = contact_mobile.and_then(|m| mobile("/contact_mobile", &m, &mut faults));
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let numbers = Numbers(Arc::clone(&ctx.kit.crypto));
    ctx.change(async move |tx| {
        let mut row = current(tx, &who, id, wanted).await?;
        row.leader_name = leader_name.unwrap_or(row.leader_name);
        row.leader_title = leader_title.unwrap_or(row.leader_title);
        if let Some(leader) = leader {
            row.leader_mobile_sealed = leader.map(|m| numbers.seal(id, "leader_mobile", &m)).transpose()?;
        }
        row.contact_name = contact_name.unwrap_or(row.contact_name);
        row.contact_title = contact_title.unwrap_or(row.contact_title);
        if let Some(contact) = contact {
            row.contact_mobile_sealed = numbers.seal(id, "contact_mobile", &contact)?;
        }
        row.version += 1;
        row.updated_at = tx.now().into();
        if !store::contact_update(tx.conn(), &row).await? {
            return Err(service_kit::extract::changed());
        }
        tell(tx, "updated", &row)?;
        let version = row.version;
        Ok(Reply::ok(&numbers.view(row)?)?.version(version))
    })
    .await
}

/// Supersedes a contact; the row is kept.
pub async fn contact_supersede(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    ctx.change(async move |tx| {
        let row = store::superseded(current(tx, &who, id, wanted).await?, tx.now());
        if !store::contact_update(tx.conn(), &row).await? {
            return Err(service_kit::extract::changed());
        }
        tell(tx, "superseded", &row)?;
        Ok(Reply::no_content())
    })
    .await
}

/// The contact to be changed: visible, of the version read, in use.
async fn current(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid, wanted: i64) -> Result<ContactRow> {
    let row =
        store::contact_view(tx.conn(), &who.scope, id).await?.ok_or_else(|| Error::not_found("contact"))?;
    if row.version != wanted {
        return Err(service_kit::extract::changed());
    }
    if row.state != store::CURRENT {
        return Err(Error::conflict("contact_superseded", "该联络人已更替", "The contact is superseded"));
    }
    Ok(row)
}

/// Audit entry and event, without names and numbers.
pub(super) fn tell(tx: &mut Tx<'_, '_>, what: &str, row: &ContactRow) -> Result<()> {
    let data = serde_json::json!({"id": row.id.0, "organ_code": row.organ_code, "version": row.version, "state": row.state});
    tx.audit("contact", row.id.0, data.clone());
    let organ = [row.organ_code.clone()];
    tx.event(&format!("contact.{what}"), row.id.0, &organ, WHOLE_DISTRICT, &data)
}

/// 403 without the field right.
pub(super) fn require_clear(ctx: &Ctx) -> Result<()> {
    if ctx.scope().fields.iter().any(|f| f == CLEAR) {
        return Ok(());
    }
    Err(Error::forbidden(
        "field_right_missing",
        "查看明文号码须有 contact_clear 字段权限",
        "Clear numbers need the field right contact_clear",
    ))
}

/// The clear numbers of a contact; logged with the reason.
pub async fn contact_clear_phones(ctx: &Ctx, id: Uuid, query: ClearPhonesQuery) -> Result<Reply> {
    let row = find(ctx, id).await?;
    require_clear(ctx)?;
    let numbers = Numbers(Arc::clone(&ctx.kit.crypto));
    let view = ClearPhonesView {
        id,
        leader_mobile: numbers.leader(&row)?.map(|m| m.reveal().to_string()),
        contact_mobile: numbers.contact(&row)?.reveal().to_string(),
    };
    let actor = ctx.actor()?;
    // Not through the idempotency record: it would keep the clear numbers.
    service_kit::change::run(&ctx.kit, actor, async move |tx| {
        let detail =
            serde_json::json!({"reason": query.reason, "organ_code": row.organ_code, "version": row.version});
        tx.audit("contact", id, detail);
        Ok(())
    })
    .await?;
    Ok(Reply::ok(&view)?.header("cache-control", "no-store"))
}
