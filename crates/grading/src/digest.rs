//! The digest of what a grade was computed from: pack, dates, subject, the facts seen.
//!
//! Taken over canonical JSON, so that a second program can recompute it. What the dates hide (facts not seen, repairs and
//! ends still to come) is not in it: a later correction leaves the digest of a past grade as it was. Called by the engine.

use crate::expr::View;
use crate::fact::{AsOf, Attribute, AttributeValue, Fact, SubjectInput};
use crate::graded::PackRef;
use crate::json::{Writer, sha256};

pub(crate) fn input_digest(pack: &PackRef, input: &SubjectInput, views: &[View<'_>], as_of: AsOf) -> String {
    let mut w = Writer::with_capacity(320 + 256 * views.len());
    w.open('{');
    w.key("pack").text(&pack.digest);
    w.key("day").date(as_of.day);
    w.key("known_by").date(as_of.known_by);
    // Facts are written from the views, which hold those that are seen, in order.
    let SubjectInput {
        kind,
        registered_on,
        industries,
        region,
        address_shared_by,
        representative_firms,
        employees,
        licences,
        attributes,
        facts: _,
    } = input;
    w.key("kind").text(kind.as_str());
    w.key("registered_on").option(*registered_on, Writer::date);
    w.key("industries").list(industries, |w, code| w.text(code));
    w.key("region").option(region.as_deref(), Writer::text);
    w.key("address_shared_by").option(*address_shared_by, Writer::int);
    w.key("representative_firms").option(*representative_firms, Writer::int);
    w.key("employees").option(*employees, Writer::int);
    w.key("licences").option(*licences, Writer::int);
    w.key("attributes");
    write_attributes(&mut w, attributes);
    w.key("facts").list(views, write_fact);
    w.close('}');
    sha256(w.finish().as_bytes())
}

fn write_fact(w: &mut Writer, view: &View<'_>) {
    let Fact {
        record_id,
        kind,
        topic,
        severity,
        on,
        known_on,
        ended_on,
        repaired_on,
        withdrawn_on: _,
        amount_fen,
        attributes,
    } = view.fact;
    w.open('{');
    w.key("record_id").text(record_id);
    w.key("kind").text(kind.as_str());
    w.key("topic").option(topic.map(|t| t.as_str()), Writer::text);
    w.key("severity").option(severity.map(|s| s.as_str()), Writer::text);
    w.key("on").date(*on);
    w.key("known_on").date(*known_on);
    w.key("ended_on").option(ended_on.filter(|_| view.is_ended), Writer::date);
    w.key("repaired_on").option(repaired_on.filter(|_| view.is_repaired), Writer::date);
    w.key("amount_fen").option(*amount_fen, Writer::int);
    w.key("attributes");
    write_attributes(w, attributes);
    w.close('}');
}

/// By name, whatever order they came in.
fn write_attributes(w: &mut Writer, attributes: &[Attribute]) {
    let mut sorted: Vec<&Attribute> = attributes.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    w.list(sorted.iter().copied(), |w, Attribute { name, value }| {
        w.open('[');
        w.text(name);
        match value {
            AttributeValue::Int(n) => w.int(*n),
            AttributeValue::Text(text) => w.text(text),
            AttributeValue::Bool(yes) => w.bool(*yes),
            AttributeValue::Date(day) => w.date(*day),
        }
        w.close(']');
    });
}
