//! Unified social credit code (统一社会信用代码), GB 32100-2015 with amendment no. 1.
//!
//! Eighteen characters: registration authority, class, six-digit region, nine-character body code of GB 11714, check.
//! [`Uscc::parse`] is for typed data and refuses; imported data goes through [`crate::identifier::classify`], which keeps a
//! failing code and says so, because some early codes in force fail the check.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CodeFault, first_foreign, org_code, region, require_length};

/// The 31 characters; the value of each is its place. I, O, S, V and Z are left out.
pub const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Weights of the first seventeen places, 3 to the power of (i − 1) modulo 31.
pub const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Registration authority of the first character with its classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// First character.
    pub code: char,
    /// Chinese name.
    pub label_zh: &'static str,
    /// Second character and its Chinese name.
    pub classes: &'static [(char, &'static str)],
}

/// Authorities and classes, base standard and amendment no. 1 of 2016.
pub const AUTHORITIES: &[Authority] = &[
    Authority {
        code: '1',
        label_zh: "机构编制",
        classes: &[('1', "机关"), ('2', "事业单位"), ('3', "编办直接管理机构编制的群众团体"), ('9', "其他")],
    },
    Authority {
        code: '2', label_zh: "外交", classes: &[('1', "外国常驻新闻机构"), ('9', "其他")]
    },
    Authority {
        code: '3',
        label_zh: "司法行政",
        classes: &[
            ('1', "律师执业机构"),
            ('2', "公证处"),
            ('3', "基层法律服务所"),
            ('4', "司法鉴定机构"),
            ('5', "仲裁委员会"),
            ('9', "其他"),
        ],
    },
    Authority {
        code: '4', label_zh: "文化", classes: &[('1', "外国在华文化中心"), ('9', "其他")]
    },
    Authority {
        code: '5',
        label_zh: "民政",
        classes: &[('1', "社会团体"), ('2', "民办非企业单位"), ('3', "基金会"), ('9', "其他")],
    },
    Authority {
        code: '6',
        label_zh: "旅游",
        classes: &[
            ('1', "外国旅游部门常驻代表机构"),
            ('2', "港澳台地区旅游部门常驻内地（大陆）代表机构"),
            ('9', "其他"),
        ],
    },
    Authority {
        code: '7',
        label_zh: "宗教",
        classes: &[('1', "宗教活动场所"), ('2', "宗教院校"), ('9', "其他")],
    },
    Authority { code: '8', label_zh: "工会", classes: &[('1', "基层工会"), ('9', "其他")] },
    Authority {
        code: '9',
        label_zh: "市场监管",
        classes: &[('1', "企业"), ('2', "个体工商户"), ('3', "农民专业合作社")],
    },
    Authority {
        code: 'A',
        label_zh: "中央军委改革和编制办公室",
        classes: &[('1', "军队事业单位"), ('9', "其他")],
    },
    Authority {
        code: 'N',
        label_zh: "农业",
        classes: &[
            ('1', "组级集体经济组织"),
            ('2', "村级集体经济组织"),
            ('3', "乡镇级集体经济组织"),
            ('9', "其他"),
        ],
    },
    Authority { code: 'Y', label_zh: "其他", classes: &[('1', "其他")] },
];

/// The authority of a first character.
pub fn authority(code: char) -> Option<&'static Authority> {
    AUTHORITIES.iter().find(|one| one.code == code)
}

/// A unified social credit code whose form and check character are right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$", example = "91610703PDY00001X4")]
pub struct Uscc(String);

impl Uscc {
    /// Reads a typed code after normalising it; refuses a wrong length, character, authority or check.
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let code = super::normalise(raw);
        if let Some(fault) = fault_of_normal(&code) { Err(fault) } else { Ok(Self(code)) }
    }

    /// The eighteen characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First character: the registration authority.
    pub fn authority_code(&self) -> char {
        self.char_at(0)
    }

    /// Second character: the class under that authority.
    pub fn class_code(&self) -> char {
        self.char_at(1)
    }

    /// Chinese name of the registration authority.
    pub fn authority_label(&self) -> &'static str {
        authority(self.authority_code()).map_or("", |one| one.label_zh)
    }

    /// Chinese name of the class; empty for a pair that the table does not have.
    pub fn class_label(&self) -> &'static str {
        class_label(self.authority_code(), self.class_code()).unwrap_or("")
    }

    /// The six digits of the registrar's region as written, withdrawn codes included.
    pub fn region(&self) -> &str {
        self.0.get(2..8).unwrap_or("")
    }

    /// The registrar's region as it is called today: 610721 gives 610703.
    pub fn current_region(&self) -> &str {
        region::current_county(self.region())
    }

    /// The nine-character body code (主体标识码), which is an organisation code of GB 11714.
    pub fn body(&self) -> &str {
        self.0.get(8..17).unwrap_or("")
    }

    /// What is odd about a code that passes: unknown class, withdrawn region, body code that fails GB 11714.
    pub fn warnings(&self) -> Vec<CodeFault> {
        warnings_of(&self.0)
    }

    fn char_at(&self, at: usize) -> char {
        self.0.as_bytes().get(at).map_or('0', |byte| char::from(*byte))
    }
}

/// Chinese name of a class under an authority.
pub fn class_label(authority_code: char, class: char) -> Option<&'static str> {
    authority(authority_code)?.classes.iter().find(|(code, _)| *code == class).map(|(_, label)| *label)
}

/// The check character of the first seventeen; the outer modulo turns 31 into 0.
pub fn check_character(first_seventeen: &str) -> Result<char, CodeFault> {
    require_length(first_seventeen, "17", &[17])?;
    let mut sum = 0;
    for (at, (c, weight)) in first_seventeen.chars().zip(WEIGHTS).enumerate() {
        let value = ALPHABET.find(c).ok_or(CodeFault::BadCharacter { position: at + 1, found: c })?;
        sum += u32::try_from(value).unwrap_or(0) * weight;
    }
    let check = (31 - sum % 31) % 31;
    Ok(char::from(*ALPHABET.as_bytes().get(check as usize).unwrap_or(&b'0')))
}

/// The first fault of an already normalised code, if any.
pub(crate) fn fault_of_normal(code: &str) -> Option<CodeFault> {
    find_fault(code).err()
}

fn find_fault(code: &str) -> Result<(), CodeFault> {
    require_length(code, "18", &[18])?;
    if let Some(fault) = first_foreign(code, ALPHABET) {
        return Err(fault);
    }
    if let Some((at, found)) = code.char_indices().skip(2).take(6).find(|(_, c)| !c.is_ascii_digit()) {
        return Err(CodeFault::BadCharacter { position: at + 1, found });
    }
    let (body, found) = code.split_at(17);
    let expected = check_character(body)?;
    if !found.starts_with(expected) {
        return Err(CodeFault::WrongCheck { expected, found: found.chars().next().unwrap_or(' ') });
    }
    let first = code.chars().next().unwrap_or(' ');
    if authority(first).is_none() {
        return Err(CodeFault::UnknownAuthority { authority: first });
    }
    Ok(())
}

/// Warnings of a well-formed code (eighteen ASCII characters).
pub(crate) fn warnings_of(code: &str) -> Vec<CodeFault> {
    let mut warnings = Vec::new();
    let mut chars = code.chars();
    if let (Some(first), Some(second)) = (chars.next(), chars.next())
        && class_label(first, second).is_none()
    {
        warnings.push(CodeFault::UnknownClass { authority: first, class: second });
    }
    if let Some(six) = code.get(2..8) {
        warnings.extend(region::warning_of_county(six));
    }
    if let Some(body) = code.get(8..17)
        && let Err(CodeFault::WrongCheck { expected, found }) = org_code::OrgCode::parse(body)
    {
        warnings.push(CodeFault::BodyCheck { expected, found });
    }
    warnings
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_form!(Uscc);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALID: &[&str] = &[
        "91350100M000100Y43",
        "116100000160002917",
        "113703030042170202",
        "11371525004442025C",
        "12440300MB2C92173E",
        "91610703PDY00001X4",
        "91610703PDY0000284",
        "91610703PDY000036Y",
        "91610703PDY000044R",
        "91610703PDY000052L",
        "91610703PDY000060F",
        "92610703PDY0000799",
        "92610703PDY0000874",
        "92610703PDY000095Y",
        "92610703PDY000108L",
        "92610703PDY000116F",
        "93610703PDY0001247",
        "93610703PDY0001322",
        "91610721PDY0001405",
        "91610721PDY0001592",
        "91610721PDY000167W",
        "12610703PDY000175T",
        "52610703PDY000183H",
        "51610703PDY000191F",
        "11610703PDY0002049",
        "91330100799655058B",
        "914403001922038216",
        "9144030071526726XG",
        "91110108551385082Q",
        "91110000802100433B",
        "91350100m000100y43",
    ];

    #[test]
    fn the_published_and_the_made_codes_pass() {
        for code in VALID {
            let parsed = Uscc::parse(code).unwrap_or_else(|fault| panic!("{code}: {fault}"));
            assert_eq!(parsed.as_str(), code.to_uppercase());
        }
    }

    #[test]
    fn a_code_with_a_wrong_check_digit_or_character_is_refused() {
        use CodeFault::*;
        for (code, fault) in [
            ("91350100M000100Y4Z", BadCharacter { position: 18, found: 'Z' }),
            ("12440300MB2C92173A", WrongCheck { expected: 'E', found: 'A' }),
            ("91310115MA1H8R7C6D", WrongCheck { expected: '7', found: 'D' }),
            ("91610703PDY00001X5", WrongCheck { expected: '4', found: '5' }),
            ("9161070PDY00001X4", WrongLength { expected: "18".into(), found: 17 }),
            ("91610703PDY0O001X4", BadCharacter { position: 13, found: 'O' }),
            ("", Empty),
            ("000000000000000000", UnknownAuthority { authority: '0' }),
        ] {
            assert_eq!(Uscc::parse(code), Err(fault), "{code}");
        }
    }

    #[test]
    fn the_outer_modulo_gives_zero_for_remainder_zero() {
        assert_eq!(check_character("00000000000000000"), Ok('0'));
        assert_eq!(check_character("91350100M000100Y4"), Ok('3'));
    }

    #[test]
    fn the_parts_of_a_code_are_named() {
        let code = Uscc::parse("91610721PDY0001405").unwrap();
        assert_eq!((code.authority_label(), code.class_label()), ("市场监管", "企业"));
        assert_eq!((code.region(), code.current_region(), code.body()), ("610721", "610703", "PDY000140"));
        let withdrawn = CodeFault::RegionWithdrawn { region: "610721".into(), current: "610703".into() };
        assert!(code.warnings().contains(&withdrawn));
        assert!(Uscc::parse("91610703PDY00001X4").unwrap().warnings().is_empty());
    }

    #[test]
    fn the_wire_form_is_checked_when_read() {
        let code: Uscc = serde_json::from_str("\"91610703PDY00001X4\"").unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"91610703PDY00001X4\"");
        assert!(serde_json::from_str::<Uscc>("\"91610703PDY00001X5\"").is_err());
    }

    fn made_code() -> impl Strategy<Value = String> {
        let pair = prop::sample::select(vec!["91", "92", "93", "11", "12", "51", "52", "N2", "Y1"]);
        (pair, 110_000_u32..660_000, "[0-9A-HJ-NPQRTUWXY]{9}").prop_map(|(pair, region, body)| {
            let first = format!("{pair}{region}{body}");
            let check = check_character(&first).unwrap();
            format!("{first}{check}")
        })
    }

    proptest! {
        #[test]
        fn a_code_with_its_computed_check_passes(code in made_code()) {
            prop_assert!(Uscc::parse(&code).is_ok());
        }

        /// 31 is prime and no weight is 0 modulo 31, so one changed character always moves the sum.
        #[test]
        fn any_single_changed_character_fails(
            code in made_code(), at in 0_usize..18, by in 1_usize..31
        ) {
            let mut chars: Vec<char> = code.chars().collect();
            let old = ALPHABET.find(chars[at]).unwrap();
            chars[at] = ALPHABET.chars().nth((old + by) % 31).unwrap();
            let changed: String = chars.into_iter().collect();
            prop_assert!(Uscc::parse(&changed).is_err());
        }

        #[test]
        fn parsing_never_panics(raw in "\\PC{0,24}") {
            let _ = Uscc::parse(&raw);
        }
    }
}
