//! Texts that say the same.

use surveil::near_duplicate::{Index, Settings, chance, clean};

const NOISE: &str =
    "阳光花园小区三号楼地下室有人半夜开机器加工木材，噪音很大，粉尘飘进居民家里，请有关部门尽快查处。";

fn index() -> Index<u32> {
    Index::new(Settings::default()).unwrap()
}

#[test]
fn punctuation_width_and_blanks_do_not_matter() {
    assert_eq!(clean("ＡＢＣ，　１２３ 噪音！"), "abc123噪音");
    let mut index = index();
    assert!(index.add(1, NOISE).is_empty());
    let again = NOISE.replace('，', ", ").replace('。', "！！");
    let found = index.add(2, &again);
    assert_eq!((found[0].earlier, found[0].likeness.similarity), (1, 1.0));
}

#[test]
fn a_small_change_is_merged_and_explained() {
    let mut index = index();
    index.add(1, NOISE);
    let found = index.add(2, &format!("您好，{}", NOISE.replace("半夜", "凌晨")));
    let likeness = found[0].likeness;
    assert!((0.6..1.0).contains(&likeness.similarity), "{likeness:?}");
    assert_eq!(likeness.similarity, likeness.shared as f64 / likeness.all as f64);
    assert!(likeness.shared < likeness.all);
}

#[test]
fn the_same_matter_in_other_words_is_left_to_people() {
    let mut index = index();
    index.add(1, NOISE);
    assert!(
        index
            .add(2, "三号楼地下室的木工厂每天晚上吵得人睡不着觉，灰尘也多，希望领导管一管这件事情。")
            .is_empty()
    );
}

#[test]
fn the_most_similar_comes_first() {
    let mut index = index();
    index.add(1, &NOISE.replace("半夜开机器", "凌晨启动设备"));
    index.add(2, NOISE);
    let found = index.add(3, NOISE);
    assert_eq!(found.iter().map(|m| m.earlier).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn short_texts_are_never_merged() {
    let mut index = index();
    assert!(index.add(1, "谢谢领导").is_empty());
    assert!(index.add(2, "谢谢领导").is_empty());
    assert!(index.is_empty());
}

#[test]
fn similarity_is_exact() {
    let index = Index::<u32>::new(Settings { shingle: 2, shortest: 2, ..Settings::default() }).unwrap();
    // 甲乙 乙丙 丙丁 and 乙丙 丙丁 丁戊: two of four.
    let (a, b) = (index.sketch("甲乙丙丁").unwrap(), index.sketch("乙丙丁戊").unwrap());
    let likeness = a.likeness(&b);
    assert_eq!((likeness.shared, likeness.all, likeness.similarity), (2, 4, 0.5));
    assert_eq!(a.likeness(&b), b.likeness(&a));
}

#[test]
fn bands_propose_as_often_as_the_formula_says() {
    let settings = Settings::default();
    assert!((chance(&settings, 0.5) - 0.8732).abs() < 1e-3);
    assert!((chance(&settings, 0.6) - 0.9882).abs() < 1e-3);
    // Pairs of a known similarity of about 0.6: at least nine in ten must be proposed over many seeds.
    let (mut proposed, mut similar) = (0, 0);
    for seed in 0..100 {
        let mut index = Index::new(Settings { threshold: 0.3, seed, ..Settings::default() }).unwrap();
        index.add(1, NOISE);
        let found = index.add(2, &NOISE.replace("有人半夜开", "某厂凌晨用").replace("尽快查处", "处理"));
        proposed += usize::from(!found.is_empty());
        similar += usize::from(found.first().is_some_and(|m| (0.45..0.7).contains(&m.likeness.similarity)));
    }
    assert!(proposed >= 80 && similar == proposed, "{proposed} {similar}");
}

#[test]
fn thresholds_outside_their_range_are_refused() {
    for threshold in [0.0, 1.1, f64::NAN] {
        assert!(Index::<u32>::new(Settings { threshold, ..Settings::default() }).is_err());
    }
}
