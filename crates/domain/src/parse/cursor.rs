//! A cursor over the characters of a short text, shared by the hand-written parsers of the crate.

/// Position in a text that was split into characters.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    chars: Vec<char>,
    at: usize,
}

impl Cursor {
    pub(crate) fn new(text: &str) -> Self {
        Self { chars: text.chars().collect(), at: 0 }
    }

    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    pub(crate) const fn rewind(&mut self, position: usize) {
        self.at = position;
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(crate) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    pub(crate) const fn is_done(&self) -> bool {
        self.at >= self.chars.len()
    }

    pub(crate) fn slice(&self, from: usize, to: usize) -> String {
        self.chars.get(from..to).map(|part| part.iter().collect()).unwrap_or_default()
    }

    pub(crate) fn starts_with(&self, text: &str) -> bool {
        let mut at = self.at;
        text.chars().all(|c| {
            let same = self.chars.get(at) == Some(&c);
            at += 1;
            same
        })
    }

    /// Moves past the text if it comes next.
    pub(crate) fn take(&mut self, text: &str) -> bool {
        let found = self.starts_with(text);
        if found {
            self.at += text.chars().count();
        }
        found
    }

    /// Moves past the first of the texts that comes next.
    pub(crate) fn take_any(&mut self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.take(text))
    }

    pub(crate) fn take_while(&mut self, test: impl Fn(char) -> bool) -> String {
        let from = self.at;
        while self.peek().is_some_and(&test) {
            self.at += 1;
        }
        self.slice(from, self.at)
    }
}
