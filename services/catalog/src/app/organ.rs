//! Use cases of organs. Everybody with a token may read them; a name belongs to one organ only.

use super::WHOLE_DISTRICT;
use crate::api::organ::{
    OrganCreate, OrganListQuery, OrganPage, OrganResolution, OrganResolveQuery, OrganUpdate, OrganView,
    Spelled,
};
use crate::domain::organ::Organ;
use crate::store::organ as store;
use domain::text::search_key;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::AnyConn;

/// Lists organs.
pub async fn organ_list(ctx: &Ctx, query: OrganListQuery) -> Result<Reply> {
    let OrganListQuery { kind, duty, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: String = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?.unwrap_or_default();
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::organ_list(c, kind, duty, &after, limit + 1).await?));
    let Page { items, next } = Page::cut(ctx, rows.await?, limit, |o| o.code.clone()).map(OrganView::from);
    Reply::page(ctx, &OrganPage { items, next: next.clone() }, next.as_deref())
}

/// One organ.
pub async fn organ_view(ctx: &Ctx, code: &str) -> Result<Reply> {
    let organ = ctx.kit.store.read::<_, Error, _>(async |c| find(c, code).await).await?;
    let version = organ.version;
    Ok(Reply::ok(&OrganView::from(organ))?.version(version))
}

async fn find(c: &mut AnyConn<'_>, code: &str) -> Result<Organ> {
    store::organ_view(c, code).await?.ok_or_else(|| Error::not_found("organ"))
}

/// The organ that a name means.
pub async fn organ_resolve(ctx: &Ctx, query: OrganResolveQuery) -> Result<Reply> {
    let key = search_key(&query.name);
    let found = ctx.kit.store.read::<_, Error, _>(async |c| {
        let Some((code, matched, spelling)) = store::organ_resolve(c, &key).await? else {
            return Err(Error::not_found("organ"));
        };
        let organ = OrganView::from(find(c, &code).await?);
        Ok(OrganResolution { matched, spelling, organ, code })
    });
    Reply::ok(&found.await?)
}

/// Adds an organ.
pub async fn organ_create(ctx: &Ctx, body: OrganCreate) -> Result<Reply> {
    let OrganCreate {
        code,
        name,
        short_name,
        aliases,
        kind,
        vertical,
        is_enforcement_body,
        duties,
        region_code,
        valid_from,
        valid_to,
        note,
    } = body;
    let organ = Organ {
        code,
        name: name.trim().to_string(),
        short_name: short_name.trim().to_string(),
        aliases: texts(aliases),
        kind,
        vertical,
        is_enforcement_body,
        duties,
        region_code,
        valid_from,
        valid_to,
        note,
        version: 1,
    };
    check(&organ)?;
    ctx.change(async move |tx| {
        if store::organ_view(tx.conn(), &organ.code).await?.is_some() {
            return Err(Error::conflict("organ_code_taken", "机构代码已被使用", "The code is taken"));
        }
        names_free(tx, &organ).await?;
        let now = tx.now();
        store::organ_create(tx.conn(), std::slice::from_ref(&organ), now).await.or_conflict(
            "organ_name_taken",
            "机构代码或名称已被使用",
            "The code or a name is taken",
        )?;
        tell(tx, "created", &organ)?;
        let location = format!("/v1/organs/{}", organ.code);
        Ok(Reply::created(&OrganView::from(organ), location)?.version(1))
    })
    .await
}

/// Changes an organ.
pub async fn organ_update(ctx: &Ctx, code: String, body: OrganUpdate) -> Result<Reply> {
    let wanted = ctx.if_match()?;
    ctx.change(async move |tx| {
        let mut organ = find(tx.conn(), &code).await?;
        if organ.version != wanted {
            return Err(service_kit::extract::changed());
        }
        let OrganUpdate {
            name,
            short_name,
            aliases,
            kind,
            vertical,
            is_enforcement_body,
            duties,
            valid_to,
            note,
        } = body;
        if let Some(name) = name {
            organ.name = name.trim().to_string();
        }
        if let Some(short_name) = short_name {
            organ.short_name = short_name.trim().to_string();
        }
        organ.aliases = aliases.map_or(organ.aliases, texts);
        organ.kind = kind.unwrap_or(organ.kind);
        organ.vertical = vertical.unwrap_or(organ.vertical);
        organ.is_enforcement_body = is_enforcement_body.unwrap_or(organ.is_enforcement_body);
        organ.duties = duties.unwrap_or(organ.duties);
        organ.valid_to = valid_to.unwrap_or(organ.valid_to);
        organ.note = note.unwrap_or(organ.note);
        organ.version += 1;
        check(&organ)?;
        names_free(tx, &organ).await?;
        let now = tx.now();
        let is_changed = store::organ_update(tx.conn(), &organ, now).await.or_conflict(
            "organ_name_taken",
            "名称已被其他机构使用",
            "A name is another organ's",
        )?;
        if !is_changed {
            return Err(service_kit::extract::changed());
        }
        tell(tx, "updated", &organ)?;
        let version = organ.version;
        Ok(Reply::ok(&OrganView::from(organ))?.version(version))
    })
    .await
}

fn texts(spelled: Vec<Spelled>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for Spelled(text) in spelled {
        let text = text.trim().to_string();
        if !text.is_empty() && !out.contains(&text) {
            out.push(text);
        }
    }
    out
}

fn check(organ: &Organ) -> Result<()> {
    let mut faults = Vec::new();
    let texts = [("/name".to_string(), &organ.name), ("/short_name".to_string(), &organ.short_name)];
    let aliases = organ.aliases.iter().enumerate().map(|(i, a)| (format!("/aliases/{i}"), a));
    for (pointer, text) in texts.into_iter().chain(aliases) {
        if domain::text::refuse_control(text, false).is_err() {
            faults.push(Fault::new(
                pointer,
                "control_character",
                "含有控制字符",
                "holds a control character",
            ));
        } else if search_key(text).is_empty() {
            faults.push(Fault::new(
                pointer,
                "missing_value",
                "名称没有可用的文字",
                "the name holds no letter",
            ));
        }
    }
    if domain::code::region::RegionCode::parse(&organ.region_code).is_err() {
        faults.push(Fault::new(
            "/region_code",
            "unknown_province",
            "不是有效的行政区划代码",
            "is not a region code",
        ));
    }
    if organ.valid_to.is_some_and(|to| to <= organ.valid_from) {
        faults.push(Fault::new(
            "/valid_to",
            "interval_reversed",
            "须晚于 valid_from",
            "must be after valid_from",
        ));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// 409 with the names that are other organs'.
async fn names_free(tx: &mut Tx<'_, '_>, organ: &Organ) -> Result<()> {
    let taken = store::organ_names_taken(tx.conn(), &organ.code, &organ.spellings()).await?;
    if taken.is_empty() {
        return Ok(());
    }
    let list = taken.iter().map(|(name, code)| format!("{name}（{code}）")).collect::<Vec<_>>().join("、");
    Err(Error::conflict(
        "organ_name_taken",
        format!("名称已被其他机构使用：{list}"),
        format!("Names of other organs: {list}"),
    ))
}

/// Audit entry and event of a changed organ.
pub(super) fn tell(tx: &mut Tx<'_, '_>, what: &str, organ: &Organ) -> Result<()> {
    let detail = serde_json::json!({"code": organ.code, "version": organ.version});
    tx.audit("organ", &organ.code, detail);
    let data = OrganView::from(organ.clone());
    tx.event(&format!("organ.{what}"), &organ.code, &[], WHOLE_DISTRICT, &data)
}
