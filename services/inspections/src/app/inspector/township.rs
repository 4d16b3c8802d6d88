//! Use cases: township teams (镇街综合行政执法队伍). Powers need the provincial decision that gives them (ENF-18).

use super::super::{Who, expect, other_department, outside, plain};
use super::tags_read;
use crate::api::inspector::{
    TownshipTeamCreate, TownshipTeamListQuery, TownshipTeamPage, TownshipTeamUpdate, TownshipTeamView,
};
use crate::store::inspector::{self as store, TownshipTeamRow};
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::types::{Day, TextList, Uid};
use uuid::Uuid;

fn team_view(row: TownshipTeamRow) -> TownshipTeamView {
    let TownshipTeamRow {
        id,
        organ_code,
        region_code,
        name,
        fields,
        basis,
        basis_published_on,
        powers,
        is_active,
        note,
        created_by: _,
        version,
        created_at: _,
        updated_at: _,
    } = row;
    TownshipTeamView {
        id: id.0,
        organ_code,
        region_code,
        name,
        fields: fields.0,
        basis,
        basis_published_on: basis_published_on.map(|d| d.0),
        powers: powers.0,
        is_active,
        note,
        version,
    }
}

/// Lists township teams.
pub async fn township_team_list(ctx: &Ctx, query: TownshipTeamListQuery) -> Result<Reply> {
    let TownshipTeamListQuery { organ_code, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let scope = ctx.scope();
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(store::township_team_list(c, &scope, organ_code.as_deref(), after, limit + 1).await?)
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0).map(team_view);
    Reply::page(ctx, &TownshipTeamPage { items, next: next.clone() }, next.as_deref())
}

/// One township team.
pub async fn township_team_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let scope = ctx.scope();
    let row = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::township_team_view(c, &scope, id).await?))
        .await?
        .ok_or_else(|| Error::not_found("township team"))?;
    let version = row.version;
    Ok(Reply::ok(&team_view(row))?.version(version))
}

/// Adds a township team.
pub async fn township_team_create(ctx: &Ctx, body: TownshipTeamCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let TownshipTeamCreate { organ_code, region_code, name, fields, basis, basis_published_on, powers, note } =
        body;
    let organ_code = organ_code.unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&organ_code) {
        return Err(other_department());
    }
    outside::known_organ(&ctx.kit, &organ_code, "/organ_code").await?;
    let mut faults = Vec::new();
    plain("/name", Some(&name), &mut faults);
    plain("/basis", basis.as_deref(), &mut faults);
    plain("/note", note.as_deref(), &mut faults);
    let fields = tags_read("/fields", fields, &mut faults);
    let powers = tags_read("/powers", powers, &mut faults);
    if !powers.is_empty() && basis.is_none() {
        let (zh, en) = (
            "赋权事项须有省级决定为依据（行政处罚法第二十四条）",
            "powers need the provincial decision that gives them (行政处罚法 art. 24)",
        );
        faults.push(Fault::new("/basis", "basis_missing", zh, en));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let now = tx.now();
        let row = TownshipTeamRow {
            id: Uid(Uuid::now_v7()),
            organ_code,
            region_code,
            name,
            fields: TextList(fields),
            basis,
            basis_published_on: basis_published_on.map(Day),
            powers: TextList(powers),
            is_active: true,
            note,
            created_by: tx.actor().subject.clone(),
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        store::township_team_create(tx.conn(), &row).await?;
        tell_team(tx, "created", &row)?;
        let location = format!("/v1/township-teams/{}", row.id.0);
        Ok(Reply::created(&team_view(row), location)?.version(1))
    })
    .await
}

/// Changes a township team.
pub async fn township_team_update(ctx: &Ctx, id: Uuid, body: TownshipTeamUpdate) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    let TownshipTeamUpdate { name, fields, basis, basis_published_on, powers, is_active, note } = body;
    let mut faults = Vec::new();
    plain("/name", name.as_deref(), &mut faults);
    plain("/basis", basis.as_ref().and_then(|t| t.as_deref()), &mut faults);
    plain("/note", note.as_ref().and_then(|t| t.as_deref()), &mut faults);
    let fields = fields.map(|t| tags_read("/fields", t, &mut faults));
    let powers = powers.map(|t| tags_read("/powers", t, &mut faults));
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let row = store::township_team_view(tx.conn(), &who.scope, id).await?;
        let mut row = row.ok_or_else(|| Error::not_found("township team"))?;
        who.writes_for(&row.organ_code)?;
        expect(Some(wanted), row.version)?;
        row.name = name.unwrap_or(row.name);
        row.fields = fields.map_or(row.fields, TextList);
        row.basis = basis.unwrap_or(row.basis);
        row.basis_published_on = basis_published_on.map_or(row.basis_published_on, |d| d.map(Day));
        row.powers = powers.map_or(row.powers, TextList);
        row.is_active = is_active.unwrap_or(row.is_active);
        row.note = note.unwrap_or(row.note);
        row.version += 1;
        row.updated_at = tx.now().into();
        if !row.powers.0.is_empty() && row.basis.is_none() {
            return Err(Error::invalid_at(
                "/basis",
                "basis_missing",
                "赋权事项须有省级决定为依据（行政处罚法第二十四条）",
                "powers need the provincial decision that gives them (行政处罚法 art. 24)",
            ));
        }
        if !store::township_team_update(tx.conn(), &row).await? {
            return Err(service_kit::extract::changed());
        }
        tell_team(tx, "updated", &row)?;
        let version = row.version;
        Ok(Reply::ok(&team_view(row))?.version(version))
    })
    .await
}

fn tell_team(tx: &mut Tx<'_, '_>, what: &str, row: &TownshipTeamRow) -> Result<()> {
    let data = serde_json::json!({"id": row.id.0, "organ_code": row.organ_code, "version": row.version});
    tx.audit("township_team", row.id.0, data.clone());
    tx.event(
        &format!("township_team.{what}"),
        row.id.0,
        std::slice::from_ref(&row.organ_code),
        &row.region_code,
        &data,
    )
}
