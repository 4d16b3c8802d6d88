//! The macro that turns a table of words into an enum, and the error of a word that is not in the table.
//!
//! Called by the other modules of [`crate::vocabulary`] and by services for word lists of their own.

/// A text that is in no row of a word list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a word of {vocabulary}")]
pub struct UnknownWord {
    /// Type name of the list, such as `SubjectKind`.
    pub vocabulary: &'static str,
    /// The refused text, cut at 40 characters.
    pub value: String,
}

impl UnknownWord {
    /// Builds the fault; the text is cut so that a whole cell never lands in a log.
    pub fn new(vocabulary: &'static str, value: &str) -> Self {
        Self { vocabulary, value: value.chars().take(40).collect() }
    }

    /// Stable name of the fault for machines.
    pub const fn code(&self) -> &'static str {
        "unknown_word"
    }

    /// What is wrong, in Chinese.
    pub fn message_zh(&self) -> String {
        format!("“{}”不是{}的规定用语", self.value, self.vocabulary)
    }
}

/// Defines a closed word list: English identifier, official Chinese label, further spellings.
///
/// Gives the enum `ALL`, `as_str`, `label_zh`, `aliases`, `find_in`, `Display` (identifier), `FromStr` (identifier, label
/// or alias, punctuation ignored), serde (identifier only, so that the wire form stays one) and `ToSchema`.
///
/// ```
/// domain::define_words! {
///     /// State of a lamp (灯的状态).
///     pub enum Lamp {
///         /// Lit.
///         On = "on", "开", ["亮"];
///         /// Dark.
///         Off = "off", "关", [];
///     }
/// }
/// assert_eq!("亮".parse::<Lamp>(), Ok(Lamp::On));
/// assert_eq!(Lamp::Off.label_zh(), "关");
/// ```
#[macro_export]
macro_rules! define_words {
    (
        $(#[doc = $doc:literal])+
        $vis:vis enum $name:ident {
            $(
                $(#[doc = $word_doc:literal])+
                $variant:ident = $id:literal, $zh:literal, [$($alias:literal),* $(,)?];
            )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $( $(#[doc = $word_doc])+ $variant, )+
        }

        impl $name {
            /// All words in the order of their definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The English identifier, which is also the wire form.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// The official Chinese label.
            pub const fn label_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)+ }
            }

            /// Further Chinese spellings that are read but never written.
            pub const fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*],)+ }
            }

            /// Words named in a free text, in order of first mention; the longest spelling wins at each place.
            pub fn find_in(text: &str) -> Vec<Self> {
                let spellings = Self::ALL.iter().flat_map(|word| {
                    ::std::iter::once(word.label_zh())
                        .chain(word.aliases().iter().copied())
                        .map(move |spelling| (spelling, *word))
                });
                $crate::vocabulary::find_words(text, spellings)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                // The wire form first: stored words are read by the thousand.
                if let Some(word) = Self::ALL.iter().copied().find(|word| word.as_str() == text) {
                    return Ok(word);
                }
                let typed = $crate::text::normalise(text);
                let key = $crate::text::search_key(text);
                Self::ALL
                    .iter()
                    .copied()
                    .find(|word| {
                        word.as_str().eq_ignore_ascii_case(&typed)
                            || (!key.is_empty()
                                && ::std::iter::once(word.label_zh())
                                    .chain(word.aliases().iter().copied())
                                    .any(|spelling| $crate::text::search_key(spelling) == key))
                    })
                    .ok_or_else(|| $crate::vocabulary::UnknownWord::new(stringify!($name), text))
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <String as $crate::__private::serde::Deserialize>::deserialize(from)?;
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    $crate::__private::serde::de::Error::unknown_variant(&text, &[$($id),+])
                })
            }
        }

        impl $crate::__private::utoipa::PartialSchema for $name {
            fn schema()
            -> $crate::__private::utoipa::openapi::RefOr<$crate::__private::utoipa::openapi::schema::Schema> {
                let mut description = String::from(concat!($($doc, "\n"),+).trim());
                description.push('\n');
                $(
                    description.push_str(concat!("\n- `", $id, "` ", $zh, ":"));
                    description.push_str(concat!($($word_doc),+));
                )+
                $crate::__private::utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type($crate::__private::utoipa::openapi::schema::Type::String)
                    .enum_values::<_, &str>(Some([$($id),+]))
                    .description(Some(description))
                    .into()
            }
        }

        impl $crate::__private::utoipa::ToSchema for $name {}
    };
}

#[cfg(test)]
mod tests {
    crate::define_words! {
        /// A list for the tests (测试).
        pub enum Sample {
            /// The first word.
            First = "first_word", "第一、项", ["甲", "甲项"];
            /// The second word.
            Second = "second_word", "第二项", [];
        }
    }

    #[test]
    fn a_word_is_read_from_its_identifier_label_or_alias() {
        for text in ["first_word", " FIRST_WORD ", "第一、项", "第一项", "甲", "甲项"] {
            assert_eq!(text.parse(), Ok(Sample::First), "{text}");
        }
        assert_eq!(Sample::find_in("先甲项后第二项"), [Sample::First, Sample::Second]);
        let fault = "丙".parse::<Sample>().unwrap_err();
        assert_eq!((fault.code(), fault.vocabulary), ("unknown_word", "Sample"));
        assert!("".parse::<Sample>().is_err());
    }

    #[test]
    fn the_wire_form_is_the_identifier_alone() {
        assert_eq!(serde_json::to_string(&Sample::Second).unwrap(), "\"second_word\"");
        assert_eq!(serde_json::from_str::<Sample>("\"first_word\"").unwrap(), Sample::First);
        assert!(serde_json::from_str::<Sample>("\"甲\"").is_err());
    }

    #[test]
    fn the_schema_lists_every_word() {
        let schema = serde_json::to_value(<Sample as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(["first_word", "second_word"]));
        assert!(schema["description"].as_str().unwrap().contains("`second_word` 第二项"));
    }
}
