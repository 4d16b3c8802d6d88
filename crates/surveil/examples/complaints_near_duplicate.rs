//! Near-duplicate complaints: `cargo run --release -p surveil --example complaints_near_duplicate -- FILE.csv.gz`.
//!
//! The file (留言编号, 留言用户, 留言主题, 留言时间, 留言详情 …) does not belong to the project. Prints the merges, and holds
//! what the bands propose against all pairs.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "an example for the command line")]

use std::collections::BTreeMap;
use std::time::Instant;
use surveil::near_duplicate::{Index, Settings, Sketch};

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let file = flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap());
    let rows: Vec<BTreeMap<String, String>> =
        csv::Reader::from_reader(file).deserialize().map(std::result::Result::unwrap).collect();
    let text = |r: &BTreeMap<String, String>| format!("{} {}", r["留言主题"], r["留言详情"]);
    let settings = Settings::default();
    let mut index = Index::new(settings.clone()).unwrap();
    let start = Instant::now();
    let mut pairs = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        pairs.extend(index.add(i, &text(row)).into_iter().map(|m| (m.earlier, i, m.likeness)));
    }
    let took = start.elapsed();
    let repeated: std::collections::BTreeSet<usize> = pairs.iter().map(|p| p.1).collect();
    println!(
        "{} texts, {} kept, {} pairs at or above {}, {} texts repeat an earlier one; {took:?}",
        rows.len(),
        index.len(),
        pairs.len(),
        settings.threshold,
        repeated.len()
    );
    let same_user = pairs.iter().filter(|p| rows[p.0]["留言用户"] == rows[p.1]["留言用户"]).count();
    println!("{same_user} of the pairs are by one person");
    let start = Instant::now();
    let sketches: Vec<Option<Sketch>> = rows.iter().map(|r| index.sketch(&text(r))).collect();
    let mut all = 0;
    for (i, a) in sketches.iter().enumerate() {
        for b in &sketches[..i] {
            let (Some(a), Some(b)) = (a, b) else { continue };
            all += usize::from(a.likeness(b).similarity >= settings.threshold);
        }
    }
    println!("all pairs compared: {all} at or above the threshold; {:?}", start.elapsed());
    pairs.sort_by(|a, b| a.2.similarity.total_cmp(&b.2.similarity));
    for (earlier, later, likeness) in pairs.iter().take(5) {
        let head = |i: &usize| text(&rows[*i]).chars().take(60).collect::<String>();
        println!(
            "{:.3} ({}/{})\n  {}\n  {}",
            likeness.similarity,
            likeness.shared,
            likeness.all,
            head(earlier),
            head(later)
        );
    }
}
