//! The draft pack of a calibration: one part, one indicator a feature, limits of the classes by shares of the training
//! samples. Called by the calibration; its checks are those of every upload.

use super::{Card, Scored, Settings};
use crate::decimal::{Arithmetic, Dec, Rounding};
use crate::pack::{
    Bin, Bins, ClassRule, Classing, FORMAT, Indicator, Method, MissingRule, Model, Pack, Part,
};
use crate::words::Direction;
use rules::Bilingual;
use rules::SourceCertainty;
use rules::pack::Source;

/// The pack of a scorecard.
pub(super) fn pack(settings: &Settings, card: &Card, training: &[Scored]) -> Pack {
    let indicators = settings.features.iter().enumerate().filter(|(i, _)| card.columns[*i].bins.len() > 1);
    let indicators: Vec<Indicator> = indicators
        .map(|(i, feature)| {
            let column = &card.columns[i];
            let bins = (0..=column.cuts.len()).map(|b| Bin {
                from: b.checked_sub(1).and_then(|k| column.cuts.get(k)).copied(),
                below: column.cuts.get(b).copied(),
                points: Dec::int(card.points_of(i, b)),
            });
            Indicator {
                id: feature.id.clone(),
                title: feature.title.clone(),
                method: Method::Bins(Bins { value: feature.value.clone(), bins: bins.collect() }),
                weight: None,
                repairable: false,
                missing: Some(MissingRule::Points(Dec::int(card.points(i, None)))),
            }
        })
        .collect();
    Pack {
        format: FORMAT.into(),
        code: settings.code.clone(),
        version: 1,
        title: settings.title.clone(),
        valid_from: settings.valid_from,
        valid_to: None,
        sources: vec![Source {
            doc: format!("历史数据校准草案，训练样本截至 {}", settings.held_out_from),
            article: None,
            certainty: SourceCertainty::Proposal,
            reference: None,
        }],
        arithmetic: Arithmetic { scale: 0, rounding: Rounding::HalfUp },
        direction: Direction::HigherIsSafer,
        model: Model::Scorecard { base: Dec::int(card.base) },
        lists: settings.lists.clone(),
        attributes: settings.attributes.clone(),
        age_factors: Vec::new(),
        parts: vec![Part {
            id: "scorecard".into(),
            title: Bilingual::new("评分卡", "Scorecard"),
            max: None,
            indicators,
        }],
        direct: Vec::new(),
        classes: classes(settings, training),
        classing: Classing::Thresholds,
        composite: None,
    }
}

/// Limits that give each class its share of the training samples as nearly as equal scores allow.
fn classes(settings: &Settings, training: &[Scored]) -> Vec<ClassRule> {
    let mut best_first: Vec<i64> = training.iter().map(|s| s.score).collect();
    best_first.sort_unstable_by(|a, b| b.cmp(a));
    let last = settings.classes.len() - 1;
    let (mut sum, mut before) = (0.0, None::<i64>);
    let classes = settings.classes.iter().enumerate();
    classes
        .map(|(i, class)| {
            sum += class.share;
            let place = ((sum * best_first.len() as f64).ceil() as usize).clamp(1, best_first.len()) - 1;
            // Limits must fall from class to class, whatever scores are equal.
            let limit = before.map_or(best_first[place], |b| best_first[place].min(b - 1));
            before = Some(limit);
            ClassRule {
                id: class.id.clone(),
                title: class.title.clone(),
                at_least: (i < last).then(|| Dec::int(limit)),
                at_most: None,
                share: None,
            }
        })
        .collect()
}
