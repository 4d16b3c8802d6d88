//! A transcript is proved as it is, and refused after any change.

use crate::cases::{Dice, transcript};
use draw::transcript::Transcript;
use draw::{Report, verify_bytes};

fn proved(transcript: &Transcript) -> Report {
    let report = verify_bytes(&transcript.to_bytes().unwrap());
    assert!(report.is_ok(), "{:?}", report.faults);
    report
}

#[test]
fn lawful_transcripts_of_every_shape_are_proved() {
    for number in 0..200 {
        let transcript = transcript(number);
        let report = proved(&transcript);
        for (stated, found) in transcript.public.strata.iter().zip(&report.strata) {
            let stated: Vec<&str> = stated.picks.iter().map(|p| p.id.as_str()).collect();
            assert_eq!(stated, found.picks);
        }
    }
}

#[test]
fn the_public_part_is_a_whole_transcript_and_holds_no_person() {
    let mut seen = 0;
    for number in 0..100 {
        let Transcript { digest, format, personal, public } = transcript(number);
        let Some(personal) = personal else { continue };
        let published = Transcript { digest, format, personal: None, public };
        proved(&published);
        let text = String::from_utf8(published.to_bytes().unwrap()).unwrap();
        assert!(
            personal.openings.iter().all(|o| !text.contains(&o.id) && !text.contains(&o.salt.to_string()))
        );
        seen += 1;
    }
    assert!(seen > 10);
}

#[test]
fn every_single_bit_change_is_refused() {
    // The smallest of each kind, all bits of them; of the larger ones some bits.
    let mut small: Vec<Vec<u8>> = (0..300).map(|n| transcript(n).to_bytes().unwrap()).collect();
    small.sort_by_key(Vec::len);
    let with_teams = small.iter().find(|b| contains(b, b"\"members\"") && contains(b, b"\"no_show\":true"));
    let with_persons = small.iter().find(|b| contains(b, b"\"personal\""));
    for bytes in [&small[0], with_teams.unwrap(), with_persons.unwrap()] {
        for bit in 0..bytes.len() * 8 {
            refused(bytes, bit);
        }
    }
    let mut dice = Dice(1);
    for bytes in small.iter().skip(250) {
        (0..20).for_each(|_| refused(bytes, dice.below(bytes.len() * 8)));
    }
}

fn refused(bytes: &[u8], bit: usize) {
    let mut changed = bytes.to_vec();
    changed[bit / 8] ^= 1 << (bit % 8);
    assert!(!verify_bytes(&changed).is_ok(), "bit {} of byte {}", bit % 8, bit / 8);
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

#[test]
fn other_spellings_of_the_same_content_are_refused() {
    let bytes = transcript(1).to_bytes().unwrap();
    for (other, what) in [
        ([&bytes[..], b"\n"].concat(), "line end"),
        ([b" ", &bytes[..]].concat(), "space"),
        ([b"\xef\xbb\xbf", &bytes[..]].concat(), "byte-order mark"),
        (
            serde_json::to_vec_pretty(&serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()).unwrap(),
            "pretty",
        ),
        (bytes[..bytes.len() - 1].to_vec(), "cut"),
        (Vec::new(), "nothing"),
    ] {
        assert!(!verify_bytes(&other).is_ok(), "{what}");
    }
}

/// A forger who knows the code makes a new digest; then the place itself is named.
#[test]
fn a_resealed_forgery_is_named_by_its_place() {
    let lawful = (0..).map(transcript).find(|t| {
        let s = &t.public.strata[0];
        t.public.teams.is_some() && s.picks.len() > 2 && s.replacements.is_empty() && s.reserve.len() > 1
    });
    let lawful = lawful.unwrap();
    type Forge = fn(&mut draw::transcript::Public);
    let forgeries: [(&str, Forge); 12] = [
        ("/public/strata/0/picks/0/id", |p| p.strata[0].picks.swap(0, 1)),
        ("/public/strata/0/threshold", |p| p.strata[0].threshold.0[31] ^= 1),
        ("/public/strata/0/frame_root", |p| p.strata[0].frame_root.0[0] ^= 1),
        ("/public/strata/0/k", |p| p.strata[0].k.0[0] ^= 1),
        ("/public/commit", |p| p.seed.0[0] ^= 1),
        ("/public/entropy/hash", |p| p.entropy.hash.0[0] ^= 1),
        ("/public/declaration", |p| p.entropy.sources[0].moment = "2026-11-24T13:16:00Z".into()),
        ("/public/entropy/sources/0/moment", |p| p.entropy.sources[0].moment = p.times.committed_at.clone()),
        ("/public/teams/teams/0", |p| p.teams.as_mut().unwrap().teams[0].members.reverse()),
        ("/public/teams/visits", |p| p.teams.as_mut().unwrap().visits.truncate(1)),
        ("/public/strata/0/replacements/0/in", |p| {
            let s = &mut p.strata[0];
            let (taken, out) = (s.reserve[1].id.clone(), s.picks[0].id.clone());
            s.replacements.push(draw::transcript::Replacement { taken, out, reason: "cap_reached".into() });
        }),
        ("/public/strata/0/excluded/0/code", |p| {
            let exclusion = draw::transcript::Exclusion { code: "a friend".into(), id: "0".into() };
            p.strata[0].excluded.insert(0, exclusion);
        }),
    ];
    for (path, forge) in forgeries {
        let mut public = lawful.public.clone();
        forge(&mut public);
        let report = verify_bytes(&Transcript::seal(public, None).unwrap().to_bytes().unwrap());
        assert!(report.faults.iter().any(|f| f.path == path), "{path}: {:?}", report.faults);
    }
    // A name taken out of the frame, everything else recomputed: the published root tells.
    let mut public = lawful.public.clone();
    let text = public.strata[0].frame.as_text().split_once('\n').unwrap().1.to_owned();
    public.strata[0].frame = draw::Frame::from_text(text).unwrap();
    let report = verify_bytes(&Transcript::seal(public, None).unwrap().to_bytes().unwrap());
    assert!(report.faults.iter().any(|f| f.path == "/public/strata/0/frame_root"));
}

/// The pool that the parameters bind: whoever changes it after the entropy, and computes everything anew, is named.
#[test]
fn a_pool_that_is_not_the_frozen_one_is_named_by_its_place() {
    let lawful = (0..)
        .map(transcript)
        .find(|t| t.public.teams.as_ref().and_then(|t| t.pool.as_ref()).is_some_and(|p| !p.left.is_empty()));
    let lawful = lawful.unwrap();
    assert!(proved(&lawful).pool.is_some());
    type Forge = fn(&mut draw::transcript::Teams);
    let forgeries: [(&str, Forge); 6] = [
        ("/public/teams/pool", |t| t.pool = None),
        ("/public/teams/pool/frozen", |t| t.pool.as_mut().unwrap().frozen[0].id.push('9')),
        ("/public/teams/organs/0/pool/0", |t| t.organs[0].pool[0].id = "A friend".into()),
        ("/public/teams/organs/0/pool/0", |t| t.organs[0].pool[0].valid_to = "2099-12-31".into()),
        ("/public/teams/organs/0/pool/0/tags", |t| t.organs[0].pool[0].tags.push("香".into())),
        ("/public/teams/pool/left/0/code", |t| t.pool.as_mut().unwrap().left[0].code = "disliked".into()),
    ];
    for (path, forge) in forgeries {
        let mut public = lawful.public.clone();
        forge(public.teams.as_mut().unwrap());
        let report = verify_bytes(&Transcript::seal(public, None).unwrap().to_bytes().unwrap());
        assert!(report.faults.iter().any(|f| f.path == path), "{path}: {:?}", report.faults);
    }
    let unbound = (0..).map(transcript).find(|t| t.public.teams.as_ref().is_some_and(|t| t.pool.is_none()));
    let mut public = unbound.unwrap().public;
    public.teams.as_mut().unwrap().pool = lawful.public.teams.unwrap().pool;
    let report = verify_bytes(&Transcript::seal(public, None).unwrap().to_bytes().unwrap());
    assert!(report.faults.iter().any(|f| f.path == "/public/teams/pool"), "{:?}", report.faults);
}

#[test]
fn a_subject_in_two_strata_is_refused() {
    let lawful = (0..).map(transcript).find(|t| t.public.strata.len() == 2).unwrap();
    let mut public = lawful.public.clone();
    public.strata[1].frame = public.strata[0].frame.clone();
    let report = verify_bytes(&Transcript::seal(public, None).unwrap().to_bytes().unwrap());
    assert!(report.faults.iter().any(|f| f.problem.contains("an earlier stratum")), "{:?}", report.faults);
}

#[test]
fn a_report_of_garbage_is_a_report() {
    let mut dice = Dice(7);
    for length in 0..200 {
        let bytes: Vec<u8> = (0..length).map(|_| dice.roll().to_le_bytes()[0]).collect();
        assert!(!verify_bytes(&bytes).is_ok());
    }
}
