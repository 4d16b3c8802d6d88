//! Speeds, by hand: `cargo test --release -p table-kit -- --ignored --nocapture speed`.

use std::time::Instant;

use table_kit::rows::{Options, Record, Source};
use table_kit::write::{CsvOptions, CsvWriter, XlsxWriter};

use crate::fixture::gzip;

fn measure(what: &str, bytes: &[u8]) {
    let start = Instant::now();
    let mut rows = Source::open(bytes, Options::default()).unwrap();
    let mut record = Record::new();
    let (mut count, mut cells) = (0u64, 0usize);
    while rows.next(&mut record).unwrap() {
        assert!(record.faults().is_empty());
        count += 1;
        cells += record.iter().map(str::len).sum::<usize>();
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = count as f64 / seconds / 1e6;
    eprintln!("{what}: {rate:.2} M rows/s, {:.0} MB/s ({cells})", bytes.len() as f64 / seconds / 1e6);
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let rows = 2_000_000;
    let mut csv = "uscc,name,date,kind,level\n".to_owned();
    let mut ndjson = String::new();
    for i in 0..rows {
        csv.push_str(&format!("91610721MA6Y{i:06},南郑区第{i}餐馆,2024-03-01,restaurant,{}\n", i % 3));
        ndjson.push_str(&format!(
            "{{\"uscc\":\"91610721MA6Y{i:06}\",\"name\":\"第{i}餐馆\",\"level\":{}}}\n",
            i % 3
        ));
    }
    let gb = encoding_rs::GB18030.encode(&csv).0.into_owned();
    measure("csv utf-8", csv.as_bytes());
    measure("csv gb18030", &gb);
    measure(
        "csv quoted",
        csv.replace(',', "\",\"")
            .replace('\n', "\"\n\"")
            .trim_end_matches('"')
            .replacen("uscc", "\"uscc", 1)
            .as_bytes(),
    );
    measure("csv utf-8 gzip", &gzip(csv.as_bytes()));
    measure("ndjson", ndjson.as_bytes());

    let start = Instant::now();
    let mut writer = CsvWriter::new(std::io::sink(), CsvOptions::default()).unwrap();
    for _ in 0..rows {
        writer.write_row(&["91610721MA6Y000001", "南郑区第一餐馆", "2024-03-01", "x", "1"]).unwrap();
    }
    eprintln!("csv write: {:.2} M rows/s", rows as f64 / start.elapsed().as_secs_f64() / 1e6);

    let start = Instant::now();
    let mut writer = XlsxWriter::new("s", &["uscc", "name", "date", "kind", "level"]).unwrap();
    for i in 0..200_000 {
        let (code, name) = (format!("91610721MA6Y{i:06}"), format!("南郑区第{i}餐馆"));
        writer.write_row(&[&code, &name, "2024-03-01", "x", "1"]).unwrap();
    }
    let mut xlsx = Vec::new();
    writer.finish(&mut xlsx).unwrap();
    eprintln!("xlsx write: {:.2} M rows/s", 0.2 / start.elapsed().as_secs_f64());
    measure("xlsx read", &xlsx);
}

/// `TABLE_KIT_FILE=… cargo test -p table-kit -- --ignored --nocapture by_hand`
#[test]
#[ignore = "reads a file named by the environment"]
fn by_hand() {
    let path = std::env::var("TABLE_KIT_FILE").unwrap();
    let options = Options { file_name: Some(path.clone()), ..Options::default() };
    let mut rows = Source::open(std::fs::File::open(path).unwrap(), options).unwrap();
    let mut record = Record::new();
    let (mut count, mut faults) = (0, 0);
    while rows.next(&mut record).unwrap() {
        if count < 3 {
            eprintln!("{:?}", record.iter().collect::<Vec<_>>());
        }
        if let (Some(fault), 0..5) = (record.faults().first(), faults) {
            eprintln!("{fault}");
            faults += 1;
        }
        count += 1;
    }
    eprintln!("{count} rows, last at line {}, {:?} {:?}", record.line(), rows.encoding(), rows.delimiter());
}
