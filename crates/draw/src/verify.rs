//! The verifier: recomputes a transcript from its inputs and names every place that is not what the protocol gives.
//!
//! Time is linear in the transcript and memory about twice its size; no server, clock or key is needed. Every byte counts:
//! the document must be in canonical form, and its digest covers what cannot be recomputed (exclusions, moments). Called by
//! `lianjian draw verify`, by the service's tests and by anyone who holds a transcript.

use crate::entropy::{self, Declared, SourceKind};
use crate::frame::{Frame, ids_of};
use crate::id;
use crate::pool;
use crate::stratum;
use crate::suite::{Hash, Keyed};
use crate::team::{self, Keyring};
use crate::transcript::{EXCLUSION_CODES, FORMAT, Personal, Public, Stratum, Teams, Transcript};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::io::{self, Read, Write};

/// Largest transcript that is read, in bytes.
pub const MAX_BYTES: u64 = 1 << 30;
/// Faults after which a report is cut.
const MAX_FAULTS: usize = 200;

/// A place in the transcript that is not what the protocol gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// JSON pointer into the document; empty for the document itself.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

/// The verdict and what was recomputed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Number of the draw.
    pub draw_id: String,
    /// `v1` or `v1s`.
    pub suite: String,
    /// Digest of the public part.
    pub digest: String,
    /// Commitment of the seed.
    pub commit: String,
    /// Hash of the declared sources.
    pub declaration: String,
    /// Hash of the frozen pool of inspectors, where the parameters bind one.
    pub pool: Option<String>,
    /// The strata.
    pub strata: Vec<StratumReport>,
    /// Visits staffed.
    pub visits: usize,
    /// Teams recomputed.
    pub teams: usize,
    /// Commitments of natural persons opened.
    pub openings: usize,
    /// All that is wrong; empty means that the draw is proved.
    pub faults: Vec<Fault>,
}

/// One stratum as it was recomputed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StratumReport {
    /// Its name.
    pub stratum: String,
    /// Size of the frame.
    pub size: usize,
    /// Root of the frame.
    pub frame_root: Hash,
    /// Hash of the parameters.
    pub params_hash: Hash,
    /// Score of the last pick.
    pub threshold: Hash,
    /// Recomputed picks in order.
    pub picks: Vec<String>,
}

impl Report {
    /// Whether the transcript is proved.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Reads a transcript to its end and verifies it.
///
/// # Errors
/// The reader's; a transcript that is none is a report with faults.
pub fn verify(reader: impl Read) -> io::Result<Report> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        let mut faults = Faults::default();
        faults.add("", format!("over {MAX_BYTES} bytes"));
        return Ok(Report { faults: faults.0, ..Report::default() });
    }
    Ok(verify_bytes(&bytes))
}

/// Verifies a transcript.
#[must_use]
pub fn verify_bytes(bytes: &[u8]) -> Report {
    let transcript: Transcript = match serde_json::from_slice(bytes) {
        Ok(transcript) => transcript,
        Err(e) => {
            let mut faults = Faults::default();
            faults.add("", format!("no transcript: {e}"));
            return Report { faults: faults.0, ..Report::default() };
        }
    };
    let form = || {
        let mut faults = check_form(&transcript, bytes);
        faults.extend(check_disjoint(&transcript.public.strata));
        faults
    };
    std::thread::scope(|scope| {
        // The two halves of the work need nothing of each other.
        let form_worker = scope.spawn(form);
        let mut report = check_content(&transcript);
        let mut faults = form_worker.join().unwrap_or_else(|_| form());
        faults.extend(std::mem::take(&mut report.faults));
        faults.truncate(MAX_FAULTS);
        report.faults = faults;
        report
    })
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(Fault { path: path.into(), problem: problem.into() });
        }
    }

    fn same<T: PartialEq + Display>(&mut self, path: impl Into<String>, found: &T, computed: &T) {
        if found != computed {
            self.add(path, format!("is {found}, recomputed {computed}"));
        }
    }

    fn sorted<'a>(&mut self, path: &str, ids: impl Iterator<Item = &'a str>) {
        let mut previous: Option<&str> = None;
        for (at, id) in ids.enumerate() {
            if previous.is_some_and(|p| p >= id) {
                self.add(format!("{path}/{at}"), "not in byte order, or twice");
            }
            previous = Some(id);
        }
    }
}

/// Compares what is written with what was read.
struct Same<'b> {
    expected: &'b [u8],
    at: usize,
}

impl Write for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let rest = self.expected.get(self.at..).unwrap_or_default();
        if !rest.starts_with(bytes) {
            let same = rest.iter().zip(bytes).take_while(|(a, b)| a == b).count();
            self.at += same;
            return Err(io::Error::other("differs"));
        }
        self.at += bytes.len();
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check_form(transcript: &Transcript, bytes: &[u8]) -> Vec<Fault> {
    let mut faults = Faults::default();
    if transcript.format != FORMAT {
        faults.add("/format", format!("is {:?}, known is {FORMAT:?}", transcript.format));
    }
    let mut same = Same { expected: bytes, at: 0 };
    let mut start = 0;
    let written = transcript.write_head(&mut same).and_then(|()| {
        start = same.at;
        serde_json::to_writer(&mut same, &transcript.public)?;
        Ok(same.at)
    });
    match written {
        Ok(end) if bytes.get(end..) == Some(b"}".as_slice()) => {
            let digest = transcript.public.suite.hash("transcript", &[&bytes[start..end]]);
            faults.same("/digest", &transcript.digest, &digest);
        }
        Ok(end) => faults.add("", format!("not in canonical form: byte {end} should be the last brace")),
        Err(_) => faults.add("", format!("not in canonical form from byte {}", same.at)),
    }
    faults.0
}

/// A subject stands in one stratum only.
fn check_disjoint(strata: &[Stratum]) -> Vec<Fault> {
    let mut faults = Faults::default();
    for (at, stratum) in strata.iter().enumerate() {
        for other in &strata[..at] {
            if let Some(id) = first_common(&stratum.frame, &other.frame) {
                faults.add(
                    format!("/public/strata/{at}/frame"),
                    format!("{id} stands in an earlier stratum too"),
                );
            }
        }
    }
    faults.0
}

/// The first id that stands in both frames, in one pass over both.
#[must_use]
pub fn first_common<'f>(a: &'f Frame, b: &'f Frame) -> Option<&'f str> {
    // Frames of regions or kinds often lie one behind the other.
    if a.last() < b.ids().next() || b.last() < a.ids().next() {
        return None;
    }
    let (mut left, mut right) = (ids_of(a.as_text()), ids_of(b.as_text()));
    let (mut x, mut y) = (left.next()?, right.next()?);
    loop {
        match x.cmp(y) {
            std::cmp::Ordering::Equal => return Some(x),
            std::cmp::Ordering::Less => x = left.next()?,
            std::cmp::Ordering::Greater => y = right.next()?,
        }
    }
}

fn check_content(transcript: &Transcript) -> Report {
    let Transcript { digest, format: _, personal, public } = transcript;
    let mut faults = Faults::default();
    faults.same("/public/commit", &public.commit, &stratum::commitment(public.suite, &public.seed));
    check_times(public, &mut faults);
    let entropy_hash = check_entropy(public, &mut faults);
    if public.strata.is_empty() {
        faults.add("/public/strata", "no stratum");
    }
    let names = public.strata.iter().map(name_of);
    faults.sorted("/public/strata", names);
    let strata = (0..public.strata.len()).map(|at| check_stratum(public, at, &entropy_hash, &mut faults));
    let strata: Vec<StratumReport> = strata.collect();
    check_pool(public, &mut faults);
    if let Some(teams) = &public.teams {
        check_teams(public, teams, &mut faults);
    }
    if let Some(personal) = personal {
        check_openings(public, personal, &mut faults);
    }
    Report {
        draw_id: public.draw_id.clone(),
        suite: public.suite.label().to_owned(),
        digest: digest.to_string(),
        commit: public.commit.to_string(),
        declaration: public.declaration.to_string(),
        pool: bound_pool(public).map(str::to_owned),
        strata,
        visits: public.teams.as_ref().map_or(0, |t| t.visits.len()),
        teams: public.teams.as_ref().map_or(0, |t| t.teams.len()),
        openings: personal.as_ref().map_or(0, |p| p.openings.len()),
        faults: faults.0,
    }
}

fn name_of(stratum: &Stratum) -> &str {
    stratum.params.get("stratum").and_then(crate::Json::as_text).unwrap_or_default()
}

/// `YYYY-MM-DDTHH:MM:SSZ`: of one form, so that texts compare as the moments do.
fn is_moment(text: &str) -> bool {
    matches_form(text, b"0000-00-00T00:00:00Z")
}

fn is_date(text: &str) -> bool {
    matches_form(text, b"0000-00-00")
}

fn matches_form(text: &str, form: &[u8]) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form).all(|(b, f)| if *f == b'0' { b.is_ascii_digit() } else { b == *f })
}

fn check_times(public: &Public, faults: &mut Faults) {
    let times = &public.times;
    let named = [
        ("committed_at", &times.committed_at),
        ("drawn_at", &times.drawn_at),
        ("entropy_fixed_at", &times.entropy_fixed_at),
        ("frozen_at", &times.frozen_at),
    ];
    for (name, moment) in named {
        if !is_moment(moment) {
            faults.add(format!("/public/times/{name}"), "not of the form YYYY-MM-DDTHH:MM:SSZ");
        }
    }
    if times.frozen_at > times.committed_at {
        faults.add("/public/times/frozen_at", "after the commitment");
    }
    if times.entropy_fixed_at > times.drawn_at {
        faults.add("/public/times/drawn_at", "before the entropy was fixed");
    }
    for (at, source) in public.entropy.sources.iter().enumerate() {
        let path = format!("/public/entropy/sources/{at}/moment");
        if !is_moment(&source.moment) {
            faults.add(path, "not of the form YYYY-MM-DDTHH:MM:SSZ");
        } else if source.moment <= times.committed_at {
            faults.add(path, "not after the commitment: the seed could have been chosen to fit");
        } else if source.moment > times.entropy_fixed_at {
            faults.add(path, "after the entropy was fixed");
        }
    }
}

fn check_entropy(public: &Public, faults: &mut Faults) -> Hash {
    let Public { suite, entropy: stated, .. } = public;
    let declared: Vec<Declared> = stated.sources.iter().map(crate::Source::declared).collect();
    faults.same("/public/declaration", &public.declaration, &entropy::declaration(*suite, &declared));
    for (at, source) in stated.sources.iter().enumerate() {
        if source.no_show && source.kind != SourceKind::Nonce {
            faults.add(format!("/public/entropy/sources/{at}/no_show"), "only nonces can be withheld");
        }
    }
    match entropy::public_entropy(*suite, &stated.sources) {
        Ok(bytes) => {
            let hash = suite.bare(&bytes);
            faults.same("/public/entropy/hash", &stated.hash, &hash);
            hash
        }
        Err(e) => {
            faults.add("/public/entropy/sources", e.to_string());
            stated.hash
        }
    }
}

fn check_stratum(public: &Public, at: usize, entropy_hash: &Hash, faults: &mut Faults) -> StratumReport {
    let (suite, path, stated) = (public.suite, format!("/public/strata/{at}"), &public.strata[at]);
    let mut report = StratumReport {
        stratum: name_of(stated).to_owned(),
        size: stated.frame.len(),
        frame_root: stated.frame_root,
        params_hash: stated.params_hash,
        threshold: stated.threshold,
        picks: Vec::new(),
    };
    check_params(public, stated, &path, faults);
    let drawn =
        stratum::draw(suite, &public.seed, entropy_hash, &stated.params, &stated.frame, stated.reserve.len());
    match drawn {
        Ok(drawn) => {
            faults.same(format!("{path}/frame_root"), &stated.frame_root, &drawn.frame_root);
            faults.same(format!("{path}/params_hash"), &stated.params_hash, &drawn.params_hash);
            faults.same(format!("{path}/k"), &stated.k, &drawn.k);
            faults.same(format!("{path}/threshold"), &stated.threshold, &drawn.threshold);
            same_picks(&format!("{path}/picks"), &stated.picks, &drawn.picks, faults);
            same_picks(&format!("{path}/reserve"), &stated.reserve, &drawn.reserve, faults);
            (report.frame_root, report.threshold) = (drawn.frame_root, drawn.threshold);
            report.params_hash = drawn.params_hash;
            report.picks = drawn.picks.into_iter().map(|p| p.id).collect();
        }
        Err(e) => faults.add(format!("{path}/params"), e.to_string()),
    }
    faults.sorted(&format!("{path}/excluded"), stated.excluded.iter().map(|e| e.id.as_str()));
    for (i, exclusion) in stated.excluded.iter().enumerate() {
        let path = format!("{path}/excluded/{i}");
        check_code(&format!("{path}/code"), &exclusion.code, faults);
        if let Err(e) = id::check(&exclusion.id) {
            faults.add(format!("{path}/id"), e.to_string());
        }
        if stated.frame.contains(&exclusion.id) {
            faults.add(format!("{path}/id"), "stands in the frame");
        }
    }
    check_replacements(stated, &path, faults);
    report
}

fn check_params(public: &Public, stated: &Stratum, path: &str, faults: &mut Faults) {
    for (name, expected) in [("draw_id", &public.draw_id), ("plan_id", &public.plan_id)] {
        let found = stated.params.get(name).and_then(crate::Json::as_text).unwrap_or_default();
        faults.same(format!("{path}/params/{name}"), &found, &expected.as_str());
    }
    let declared: Vec<Declared> = public.entropy.sources.iter().map(crate::Source::declared).collect();
    let bound = stated.params.get("entropy");
    let needed = (!entropy::is_plain(&declared)).then(|| entropy::declaration(public.suite, &declared));
    let expected = stratum::params("", "", "", 0, needed.as_ref());
    if bound != expected.get("entropy") {
        faults.add(format!("{path}/params/entropy"), "does not bind the declared sources");
    }
}

/// The hash of the pool of inspectors that the parameters bind.
fn bound_pool(public: &Public) -> Option<&str> {
    public.strata.first()?.params.get("pool")?.as_text()
}

/// All strata bind one pool or none, and the pool that is shown with the teams is that one.
fn check_pool(public: &Public, faults: &mut Faults) {
    let bound = bound_pool(public);
    for (at, stratum) in public.strata.iter().enumerate() {
        let found = stratum.params.get("pool");
        let is_hash = found.is_none_or(|f| f.as_text().is_some_and(|t| Hash::parse(t).is_some()));
        if !is_hash || found.and_then(crate::Json::as_text) != bound {
            faults.add(
                format!("/public/strata/{at}/params/pool"),
                "is no hash, or not that of the first stratum",
            );
        }
    }
    let Some(teams) = &public.teams else { return };
    match (bound, &teams.pool) {
        (None, None) => {}
        (Some(_), None) => faults.add("/public/teams/pool", "is missing: the parameters bind one"),
        (None, Some(_)) => faults.add("/public/teams/pool", "is not bound by the parameters"),
        (Some(bound), Some(shown)) => {
            match pool::hash(public.suite, &shown.frozen) {
                Ok(hash) => faults.same("/public/teams/pool/frozen", &bound.to_owned(), &hash.to_string()),
                Err(e) => faults.add("/public/teams/pool/frozen", e.to_string()),
            }
            for (at, officer) in shown.frozen.iter().enumerate() {
                let path = format!("/public/teams/pool/frozen/{at}");
                faults.sorted(&format!("{path}/tags"), officer.tags.iter().map(String::as_str));
                if !is_date(&officer.valid_from) || !is_date(&officer.valid_to) {
                    faults.add(path, "dates are not of the form YYYY-MM-DD");
                }
            }
            for (path, problem) in pool::compare(shown, &teams.organs) {
                faults.add(format!("/public/teams{path}"), problem);
            }
        }
    }
}

fn check_code(path: &str, code: &str, faults: &mut Faults) {
    if !EXCLUSION_CODES.contains(&code) {
        faults.add(path, format!("{code:?} is no reason of rule DRW-03"));
    }
}

fn same_picks(path: &str, stated: &[crate::Pick], drawn: &[crate::Pick], faults: &mut Faults) {
    faults.same(format!("{path}/length"), &stated.len(), &drawn.len());
    for (at, (stated, drawn)) in stated.iter().zip(drawn).enumerate() {
        faults.same(format!("{path}/{at}/id"), &stated.id, &drawn.id);
        faults.same(format!("{path}/{at}/score"), &stated.score, &drawn.score);
    }
}

fn check_replacements(stated: &Stratum, path: &str, faults: &mut Faults) {
    let mut visited: HashSet<&str> = stated.picks.iter().map(|p| p.id.as_str()).collect();
    for (at, replacement) in stated.replacements.iter().enumerate() {
        let path = format!("{path}/replacements/{at}");
        check_code(&format!("{path}/reason"), &replacement.reason, faults);
        match stated.reserve.get(at) {
            Some(next) => faults.same(format!("{path}/in"), &replacement.taken, &next.id),
            None => faults.add(format!("{path}/in"), "the reserve is used up"),
        }
        if !visited.remove(replacement.out.as_str()) {
            faults.add(format!("{path}/out"), "is not among those to be visited");
        }
        visited.insert(&replacement.taken);
    }
}

fn check_teams(public: &Public, stated: &Teams, faults: &mut Faults) {
    let path = "/public/teams";
    if stated.method != team::METHOD {
        faults.add(format!("{path}/method"), format!("is {:?}, known is {:?}", stated.method, team::METHOD));
    }
    let before = faults.0.len();
    stated.check_order(path, faults);
    let scores = scores(public);
    let expected: Vec<&str> = scores.keys().copied().collect();
    let found: Vec<&str> = stated.visits.iter().map(|v| v.subject.as_str()).collect();
    if expected != found {
        faults.add(format!("{path}/visits"), "are not the drawn subjects in byte order");
    }
    if faults.0.len() > before {
        return;
    }
    let rings: Vec<Keyring<'_>> = stated
        .visits
        .iter()
        .filter_map(|visit| {
            let (key, score) = scores.get(visit.subject.as_str())?;
            Some(Keyring {
                visit,
                visit_id: format!("{}/{}", public.draw_id, visit.subject),
                key,
                score: *score,
            })
        })
        .collect();
    match team::assign(&rings, &stated.organs) {
        Err(missing) => missing.iter().for_each(|m| faults.add(format!("{path}/visits"), m.to_string())),
        Ok(teams) => {
            faults.same(format!("{path}/teams/length"), &stated.teams.len(), &teams.len());
            for (at, (stated, computed)) in stated.teams.iter().zip(&teams).enumerate() {
                if stated != computed {
                    let members = computed.members.join(" ");
                    let of = format!("{} at {}", computed.organ, computed.subject);
                    faults.add(format!("{path}/teams/{at}"), format!("recomputed {members} of {of}"));
                }
            }
        }
    }
}

/// Key and score of each subject to be visited.
fn scores(public: &Public) -> BTreeMap<&str, (Keyed, Hash)> {
    let mut scores = BTreeMap::new();
    for stratum in &public.strata {
        let key = public.suite.keyed(&stratum.k);
        for pick in stratum.visited() {
            scores.insert(pick.id.as_str(), (key.clone(), pick.score));
        }
    }
    scores
}

impl Teams {
    fn check_order(&self, path: &str, faults: &mut Faults) {
        faults.sorted(&format!("{path}/organs"), self.organs.iter().map(|o| o.organ.as_str()));
        for (at, organ) in self.organs.iter().enumerate() {
            let path = format!("{path}/organs/{at}");
            if organ.members < team::MIN_MEMBERS {
                faults.add(format!("{path}/members"), format!("fewer than {}", team::MIN_MEMBERS));
            }
            faults.sorted(&format!("{path}/tags"), organ.tags.iter().map(String::as_str));
            faults.sorted(&format!("{path}/pool"), organ.pool.iter().map(|o| o.id.as_str()));
            for (i, officer) in organ.pool.iter().enumerate() {
                let path = format!("{path}/pool/{i}");
                faults.sorted(&format!("{path}/recused"), officer.recused.iter().map(String::as_str));
                faults.sorted(&format!("{path}/tags"), officer.tags.iter().map(String::as_str));
                if !is_date(&officer.valid_from) || !is_date(&officer.valid_to) {
                    faults.add(path, "dates are not of the form YYYY-MM-DD");
                }
            }
        }
        for (at, visit) in self.visits.iter().enumerate() {
            if !is_date(&visit.date) {
                faults.add(format!("{path}/visits/{at}/date"), "not of the form YYYY-MM-DD");
            }
        }
    }
}

fn check_openings(public: &Public, personal: &Personal, faults: &mut Faults) {
    let path = "/personal/openings";
    faults.sorted(path, personal.openings.iter().map(|o| o.entry.as_str()));
    for (at, opening) in personal.openings.iter().enumerate() {
        if !opening.holds(public.suite) {
            faults.add(format!("{path}/{at}"), "the entry is not the commitment of this id and salt");
        }
        let is_excluded =
            |s: &Stratum| s.excluded.binary_search_by(|e| e.id.as_str().cmp(&opening.entry)).is_ok();
        if !public.strata.iter().any(|s| s.frame.contains(&opening.entry) || is_excluded(s)) {
            faults.add(format!("{path}/{at}/entry"), "stands in no stratum");
        }
    }
}
