//! Texts that say the same (近重复文本): shingles, MinHash, banded candidates, each merge explained by its similarity.
//!
//! Made for Chinese free text: no words are cut, a shingle is `shingle` characters in a row of what is left after NFKC, lower
//! case and without punctuation and blanks. Similarity is Jaccard's: shared shingles / all shingles; it is computed exactly for
//! every pair that the bands propose, so that a merge never rests on an estimate. With 32 bands of 4 rows a pair of similarity
//! 0.5 is proposed with probability 0.87, of 0.6 with 0.988, of 0.8 with 0.99999994. Works text by text ([`Index::add`]);
//! the seed is fixed, so the same texts in the same order give the same merges. Nothing is deleted: a merge is a pair of ids
//! with numbers, which the caller stores and can undo. Called by the intake of signals; refuses thresholds outside (0, 1].

use crate::error::SurveilError;
use crate::random::scatter;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization as _;

/// How texts are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Characters of a shingle; 3 usual for Chinese.
    pub shingle: usize,
    /// Bands of the signature.
    pub bands: usize,
    /// Rows of a band.
    pub rows: usize,
    /// Least similarity of a merge (0, 1].
    pub threshold: f64,
    /// Shortest text, in characters after cleaning; shorter ones are never merged ("同上", "谢谢").
    pub shortest: usize,
    /// Seed of the hash functions.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { shingle: 3, bands: 32, rows: 4, threshold: 0.6, shortest: 10, seed: 20_260_101 }
    }
}

/// What is kept of a text: its shingles and its signature, 4 bytes each; the text itself is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    shingles: Box<[u32]>,
    signature: Box<[u32]>,
}

/// Why two texts are taken as one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Likeness {
    /// Shingles that both have.
    pub shared: usize,
    /// Shingles that either has.
    pub all: usize,
    /// shared / all.
    pub similarity: f64,
}

impl Sketch {
    /// Exact similarity of two texts' shingles (32-bit hashes: two different shingles of a text coincide once in 10⁵ texts).
    #[must_use]
    pub fn likeness(&self, other: &Self) -> Likeness {
        let (mut a, mut b) = (self.shingles.iter().peekable(), other.shingles.iter().peekable());
        let mut shared = 0;
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => a.next(),
                std::cmp::Ordering::Greater => b.next(),
                std::cmp::Ordering::Equal => {
                    shared += 1;
                    b.next();
                    a.next()
                }
            };
        }
        let all = self.shingles.len() + other.shingles.len() - shared;
        let similarity = if all == 0 { 0.0 } else { shared as f64 / all as f64 };
        Likeness { shared, all, similarity }
    }
}

/// What is left of a text for comparison: NFKC, lower case, letters, digits and ideographs only.
#[must_use]
pub fn clean(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// A text that was taken as one with an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Merge<K> {
    /// The earlier text.
    pub earlier: K,
    /// Why.
    pub likeness: Likeness,
}

/// Texts so far.
pub struct Index<K> {
    settings: Settings,
    salts: Vec<u32>,
    texts: Vec<(K, Sketch)>,
    bands: Vec<HashMap<u64, Vec<u32>>>,
}

impl<K: Clone> Index<K> {
    /// An empty index.
    pub fn new(settings: Settings) -> Result<Self, SurveilError> {
        let wrong = |name| Err(SurveilError::SettingOutOfRange(name));
        if !(settings.threshold > 0.0 && settings.threshold <= 1.0) {
            return wrong("threshold");
        }
        if settings.shingle == 0
            || settings.bands == 0
            || settings.rows == 0
            || settings.bands * settings.rows > 1024
        {
            return wrong("shingle, bands, rows");
        }
        let count = settings.bands * settings.rows;
        let salts =
            (0..count).map(|i| scatter(settings.seed.wrapping_add(scatter(i as u64))) as u32).collect();
        let bands = vec![HashMap::new(); settings.bands];
        Ok(Self { settings, salts, texts: Vec::new(), bands })
    }

    /// Number of texts kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Shingles and signature of a text; `None`: too short to be compared.
    #[must_use]
    pub fn sketch(&self, text: &str) -> Option<Sketch> {
        let letters: Vec<char> = clean(text).chars().collect();
        if letters.len() < self.settings.shortest.max(1) {
            return None;
        }
        let width = self.settings.shingle.min(letters.len());
        let mut shingles: Vec<u32> = letters
            .windows(width)
            .map(|w| (w.iter().fold(0, |hash, c| scatter(hash ^ u64::from(u32::from(*c)))) >> 32) as u32)
            .collect();
        shingles.sort_unstable();
        shingles.dedup();
        let signature = self
            .salts
            .iter()
            .map(|salt| shingles.iter().map(|s| mix(s ^ salt)).min().unwrap_or_default())
            .collect();
        Some(Sketch { shingles: shingles.into(), signature })
    }

    /// Earlier texts at or above the threshold, most similar first (of equal ones the earliest); changes nothing.
    #[must_use]
    pub fn find(&self, sketch: &Sketch) -> Vec<Merge<K>> {
        let mut proposed: Vec<u32> = self
            .keys(sketch)
            .zip(&self.bands)
            .filter_map(|(key, band)| band.get(&key))
            .flatten()
            .copied()
            .collect();
        proposed.sort_unstable();
        proposed.dedup();
        let mut found: Vec<(u32, Likeness)> = proposed
            .into_iter()
            .map(|i| (i, sketch.likeness(&self.texts[i as usize].1)))
            .filter(|(_, l)| l.similarity >= self.settings.threshold)
            .collect();
        found.sort_by(|a, b| b.1.similarity.total_cmp(&a.1.similarity).then(a.0.cmp(&b.0)));
        found
            .into_iter()
            .map(|(i, likeness)| Merge { earlier: self.texts[i as usize].0.clone(), likeness })
            .collect()
    }

    /// Adds a text and tells which earlier ones it repeats. Texts that are too short are neither kept nor merged.
    pub fn add(&mut self, key: K, text: &str) -> Vec<Merge<K>> {
        let Some(sketch) = self.sketch(text) else { return Vec::new() };
        let found = self.find(&sketch);
        let place = self.texts.len() as u32;
        let keys: Vec<u64> = self.keys(&sketch).collect();
        for (key, band) in keys.into_iter().zip(&mut self.bands) {
            band.entry(key).or_default().push(place);
        }
        self.texts.push((key, sketch));
        found
    }

    fn keys<'a>(&'a self, sketch: &'a Sketch) -> impl Iterator<Item = u64> + 'a {
        sketch
            .signature
            .chunks(self.settings.rows)
            .map(|rows| rows.iter().fold(0, |hash, row| scatter(hash ^ u64::from(*row))))
    }
}

/// A 32-bit mixer (the finaliser of MurmurHash3): one hash function for each salt.
#[inline]
fn mix(value: u32) -> u32 {
    let mut h = value;
    h = (h ^ (h >> 16)).wrapping_mul(0x85EB_CA6B);
    h = (h ^ (h >> 13)).wrapping_mul(0xC2B2_AE35);
    h ^ (h >> 16)
}

/// Probability that a pair of the given similarity is proposed: `1 − (1 − sʳ)ᵇ`.
#[must_use]
pub fn chance(settings: &Settings, similarity: f64) -> f64 {
    1.0 - (1.0 - similarity.powi(settings.rows as i32)).powi(settings.bands as i32)
}
