//! Longest-match search of many spellings in one text.
//!
//! Called by `find_in` of every word list. It refuses fuzzy matches: a word is named or it is not.

/// Words whose spelling occurs in the text, each once, in order of first mention.
///
/// At each place the longest spelling wins and is consumed whole, so that `民办非企业单位` never yields the word for `企业`.
pub fn find_words<'a, W: Copy + PartialEq>(
    text: &str,
    spellings: impl Iterator<Item = (&'a str, W)>,
) -> Vec<W> {
    let text = crate::text::normalise(text);
    let mut table: Vec<(String, W)> =
        spellings.map(|(spelling, word)| (crate::text::normalise(spelling), word)).collect();
    table.sort_by_key(|(spelling, _)| std::cmp::Reverse(spelling.len()));
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        match table.iter().find(|(spelling, _)| !spelling.is_empty() && rest.starts_with(spelling.as_str())) {
            Some((spelling, word)) => {
                if !found.contains(word) {
                    found.push(*word);
                }
                rest = &rest[spelling.len()..];
            }
            None => rest = &rest[first.len_utf8()..],
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_spelling_wins_and_is_consumed() {
        let table = [("企业", 1), ("民办非企业单位", 2), ("单位", 3)];
        assert_eq!(find_words("民办非企业单位、企业、企业", table.into_iter()), [2, 1]);
        assert_eq!(find_words("单位", table.into_iter()), [3]);
        assert!(find_words("", table.into_iter()).is_empty());
    }
}
