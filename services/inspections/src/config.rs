//! Settings of the service, checked before anything binds.

use serde::Deserialize;
use service_kit::config::{Secret, ValueKind};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Settings of the section `[inspections]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address to listen on.
    pub addr: Option<SocketAddr>,
    /// URL under which the others reach it.
    pub url: Option<String>,
    /// Most rows of one import of inspectors.
    pub max_import_inspectors: usize,
    /// Most plans of one import of Attachment 2.
    pub max_import_plans: usize,
    /// Most checklist templates of one import.
    pub max_import_checklists: usize,
    /// Most subjects in the frame of one draw.
    pub max_frame: usize,
    /// Largest file taken as evidence, bytes.
    pub max_evidence_bytes: usize,
    /// Folder of evidence files; `<data_dir>/evidence` when absent. Used unless `evidence_url` names an object store.
    pub evidence_dir: Option<PathBuf>,
    /// Endpoint and bucket of an S3-compatible store, such as `https://s3.example.gov.cn/lianjian-evidence`.
    pub evidence_url: Option<String>,
    /// Region name used in the store's signatures.
    pub evidence_region: String,
    /// Access key of the store.
    pub evidence_access_key: Option<Secret>,
    /// Secret key of the store.
    pub evidence_secret_key: Option<Secret>,
    /// Address at which the public checks a visit code, printed in the code; the path of the code is added to it.
    pub public_url: Option<String>,
    /// Hours for which a visit code counts after the planned day begins.
    pub visit_code_hours: i64,
    /// Years for which a published result is shown (PUB-10, by configuration).
    pub publicity_years: i64,
    /// The same where a natural person stands behind it.
    pub publicity_years_personal: i64,
    /// Days for which a visit may be rated.
    pub rating_days: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: None,
            url: None,
            max_import_inspectors: 20_000,
            max_import_plans: 5_000,
            max_import_checklists: 2_000,
            max_frame: 1_200_000,
            max_evidence_bytes: 64 * 1024 * 1024,
            evidence_dir: None,
            evidence_url: None,
            evidence_region: "us-east-1".to_string(),
            evidence_access_key: None,
            evidence_secret_key: None,
            public_url: None,
            visit_code_hours: 48,
            publicity_years: 5,
            publicity_years_personal: 2,
            rating_days: 30,
        }
    }
}

/// Keys that `LIANJIAN_INSPECTIONS_*` variables may set.
pub const KEYS: &[(&str, ValueKind)] = &[
    ("addr", ValueKind::Text),
    ("url", ValueKind::Text),
    ("max_import_inspectors", ValueKind::Number),
    ("max_import_plans", ValueKind::Number),
    ("max_import_checklists", ValueKind::Number),
    ("max_frame", ValueKind::Number),
    ("max_evidence_bytes", ValueKind::Number),
    ("evidence_dir", ValueKind::Text),
    ("evidence_url", ValueKind::Text),
    ("evidence_region", ValueKind::Text),
    ("evidence_access_key", ValueKind::Text),
    ("evidence_secret_key", ValueKind::Text),
    ("public_url", ValueKind::Text),
    ("visit_code_hours", ValueKind::Number),
    ("publicity_years", ValueKind::Number),
    ("publicity_years_personal", ValueKind::Number),
    ("rating_days", ValueKind::Number),
];

impl Config {
    /// Says what is wrong with the settings, one line each.
    ///
    /// # Errors
    /// The keys and why.
    pub fn check(&self) -> Result<(), String> {
        let mut faults = Vec::new();
        let mut range = |key: &str, value: usize, least: usize, most: usize| {
            if !(least..=most).contains(&value) {
                faults.push(format!("{key}: must lie between {least} and {most}"));
            }
        };
        range("max_import_inspectors", self.max_import_inspectors, 1, 100_000);
        range("max_import_plans", self.max_import_plans, 1, 20_000);
        range("max_import_checklists", self.max_import_checklists, 1, 20_000);
        range("max_frame", self.max_frame, 1, 5_000_000);
        range("max_evidence_bytes", self.max_evidence_bytes, 1024, 1024 * 1024 * 1024);
        if !(1..=24 * 30).contains(&self.visit_code_hours) {
            faults.push("visit_code_hours: must lie between 1 and 720".to_string());
        }
        for (key, value, most) in [
            ("publicity_years", self.publicity_years, 50),
            ("publicity_years_personal", self.publicity_years_personal, 50),
            ("rating_days", self.rating_days, 365),
        ] {
            if !(1..=most).contains(&value) {
                faults.push(format!("{key}: must lie between 1 and {most}"));
            }
        }
        for (key, url) in
            [("url", &self.url), ("evidence_url", &self.evidence_url), ("public_url", &self.public_url)]
        {
            if let Some(url) = url
                && !url.starts_with("http://")
                && !url.starts_with("https://")
            {
                faults.push(format!("{key}: must begin with http:// or https://"));
            }
        }
        let keys = (self.evidence_access_key.is_some(), self.evidence_secret_key.is_some());
        if self.evidence_url.is_some() && keys != (true, true) {
            faults.push("evidence_url: needs evidence_access_key and evidence_secret_key".to_string());
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_good_and_nonsense_is_named() {
        assert_eq!(Config::default().check(), Ok(()));
        assert!(Config { max_frame: 0, ..Config::default() }.check().is_err());
        assert!(Config { public_url: Some("ftp://x".into()), ..Config::default() }.check().is_err());
        let bucket = Some("https://s3.example.gov.cn/evidence".to_string());
        assert!(Config { evidence_url: bucket, ..Config::default() }.check().is_err());
    }
}
