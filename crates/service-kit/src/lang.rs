//! The language of texts for people: Chinese by default, English when asked for; codes have none.
//!
//! Called by the error renderer and by views with labels. It knows two languages and guesses nothing else.

/// A language that answers come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// zh-CN, the default.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Reads `Accept-Language` (RFC 9110 §12.5.4): the wanted language with the highest weight that we have.
    #[must_use]
    pub fn from_header(value: &str) -> Self {
        let mut best = (Lang::Zh, 0.0f32);
        for part in value.split(',').take(20) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = pieces
                .find_map(|p| p.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()))
                .unwrap_or(1.0);
            let lang = if tag.starts_with("en") {
                Lang::En
            } else if tag.starts_with("zh") || tag == "*" {
                Lang::Zh
            } else {
                continue;
            };
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }

    /// The tag for `Content-Language`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// Picks one of two texts.
    #[must_use]
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_the_default_and_weights_decide() {
        for (header, want) in [
            ("", Lang::Zh),
            ("fr", Lang::Zh),
            ("en", Lang::En),
            ("en-US,en;q=0.9", Lang::En),
            ("zh-CN,en;q=0.9", Lang::Zh),
            ("zh;q=0.2,en;q=0.8", Lang::En),
            ("*;q=0.1,en;q=0", Lang::Zh),
        ] {
            assert_eq!(Lang::from_header(header), want, "{header}");
        }
    }
}
