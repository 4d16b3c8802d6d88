//! One row of an import: what its cells say, under Chinese or English headers, and what is wrong with them.
//!
//! Called by the import job for every row, so it allocates only what is kept. A blocking fault refuses the row; a
//! warning keeps it. Unknown columns are reported once, with the header.

use super::subject::{self, Content, Identifier, Responsible};
use domain::identifier::{IdentifierCheck, classify};
use domain::vocabulary::{SubjectKind, SubjectStatus};
use jiff::civil::Date;

/// Columns and the titles they go by; the first is the title of our own export.
pub const FIELDS: &[(&str, &[&str])] = &[
    ("name", &["企业名称", "监管对象名称", "单位名称", "名称", "主体名称", "行政相对人名称"]),
    (
        "identifier",
        &[
            "统一社会信用代码/注册号",
            "注册号/统一社会信用代码",
            "统一社会信用代码",
            "社会信用代码",
            "信用代码",
            "注册号",
            "uscc",
            "code",
            "credit_code",
        ],
    ),
    ("kind", &["监管对象类别", "主体类型", "主体类型大类", "类别", "类型", "subject_kind"]),
    ("status", &["登记状态", "经营状态", "状态"]),
    ("region_code", &["行政区划代码", "区划代码", "所属镇街代码", "region"]),
    ("township", &["所属镇（街道）", "镇街", "镇（街道）", "所属镇街"]),
    ("address", &["地址", "住所", "经营场所", "住所（经营场所）", "注册地址"]),
    ("industry", &["行业代码", "国民经济行业代码", "行业", "所属行业", "industry_code"]),
    ("legal_representative", &["法定代表人", "法定代表人（负责人）", "负责人", "经营者", "法人"]),
    ("phone", &["联系电话", "手机号码", "手机号", "电话", "mobile"]),
    ("established_on", &["成立日期", "注册日期", "成立时间", "established"]),
    ("registration_authority", &["登记机关", "注册机关"]),
    ("managing_unit", &["管辖单位", "属地监管所", "监管所"]),
    ("responsible_name", &["责任主体", "责任单位", "责任主体名称"]),
    ("responsible_identifier", &["责任主体统一社会信用代码", "责任主体代码"]),
];

/// Index of each column of [`FIELDS`], so that the hot loop compares no texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Field {
    /// Name.
    Name,
    /// Identifier of any kind.
    Identifier,
    /// Kind, English word or Chinese label.
    Kind,
    /// State, English word or Chinese label.
    Status,
    /// Region code.
    RegionCode,
    /// Name of the township.
    Township,
    /// Address.
    Address,
    /// GB/T 4754.
    Industry,
    /// Legal representative.
    LegalRepresentative,
    /// Mobile number.
    Phone,
    /// Date of establishment.
    EstablishedOn,
    /// Registration authority.
    RegistrationAuthority,
    /// Local supervising unit.
    ManagingUnit,
    /// Responsible party's name.
    ResponsibleName,
    /// Responsible party's code.
    ResponsibleIdentifier,
}

/// A remark about a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Column, by its name in [`FIELDS`].
    pub column: &'static str,
    /// Stable code.
    pub code: String,
    /// Whether the row is refused for it.
    pub is_blocking: bool,
    /// The value, cut; empty where it may be personal.
    pub value: String,
    /// What to do, Chinese.
    pub zh: String,
    /// What to do, English.
    pub en: String,
}

/// What a row gave.
#[derive(Debug)]
pub struct Parsed {
    /// The subject, unless a remark blocks.
    pub content: Option<Content>,
    /// Remarks.
    pub remarks: Vec<Remark>,
    /// Which of the derived members the row itself gave; the others do not overwrite what is known.
    pub given: Given,
}

/// Members that a row gave itself, where they could also be derived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The kind.
    pub kind: bool,
    /// The state.
    pub status: bool,
    /// The region.
    pub region: bool,
}

/// What the whole import says of its rows.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// Organ that keeps the rows.
    pub department: String,
    /// Region of rows that say none, when even the identifier does not.
    pub region_code: String,
}

struct Collector {
    remarks: Vec<Remark>,
}

impl Collector {
    fn block(&mut self, column: &'static str, value: &str, f: service_kit::Fault) {
        self.put(column, value, f, true);
    }

    fn warn(&mut self, column: &'static str, value: &str, f: service_kit::Fault) {
        self.put(column, value, f, false);
    }

    fn put(&mut self, column: &'static str, value: &str, f: service_kit::Fault, is_blocking: bool) {
        let service_kit::Fault { pointer: _, code, zh, en } = f;
        self.remarks.push(Remark {
            column,
            code,
            is_blocking,
            value: value.chars().take(80).collect(),
            zh,
            en,
        });
    }

    fn text(&mut self, column: &'static str, raw: Option<&str>, max: usize) -> Option<String> {
        let raw = raw.map(str::trim).filter(|t| !t.is_empty())?;
        match subject::plain("", raw, max) {
            Ok(text) => Some(text),
            Err(f) => {
                self.block(column, raw, f);
                None
            }
        }
    }
}

/// Reads one row; `cell` gives the text of a column, empty ones as `None` or blank.
pub fn parse<'r>(cell: impl Fn(Field) -> Option<&'r str>, defaults: &Defaults) -> Parsed {
    let mut c = Collector { remarks: Vec::new() };
    let get = |f: Field| cell(f).map(str::trim).filter(|t| !t.is_empty());

    let name = match get(Field::Name).map(subject::name) {
        Some(Ok(name)) => Some(name),
        Some(Err(f)) => {
            c.block("name", get(Field::Name).unwrap_or_default(), f);
            None
        }
        None => {
            c.block(
                "name",
                "",
                service_kit::Fault::new("", "name_empty", "名称不能为空", "the name is empty"),
            );
            None
        }
    };
    let (identifier, identifier_region) = identifier(&mut c, get(Field::Identifier));
    let kind = kind(&mut c, get(Field::Kind), identifier.as_ref());
    let status = match get(Field::Status) {
        None => Some(SubjectStatus::Active),
        Some(raw) => match raw.parse::<SubjectStatus>() {
            Ok(s) => Some(s),
            Err(e) => {
                c.block("status", raw, service_kit::Fault::new("", e.code(), e.message_zh(), e.to_string()));
                None
            }
        },
    };
    let region_code =
        region(&mut c, get(Field::RegionCode), get(Field::Township), identifier_region, defaults);
    let industry = get(Field::Industry).and_then(|raw| match subject::industry("", raw) {
        Ok(code) => Some(code),
        Err(f) => {
            // A wrong trade must not keep a company out of the registry.
            c.warn("industry", raw, f);
            None
        }
    });
    let phone = get(Field::Phone).and_then(|raw| match subject::phone("", raw) {
        Ok(p) => Some(p),
        Err(f) => {
            c.warn("phone", "", f);
            None
        }
    });
    let established_on = get(Field::EstablishedOn).and_then(|raw| match date(raw) {
        Some(d) => Some(d),
        None => {
            let f = service_kit::Fault::new(
                "",
                "bad_date",
                "日期应为 2024-03-01 的形式",
                "a date looks like 2024-03-01",
            );
            c.warn("established_on", raw, f);
            None
        }
    });
    let address = c.text("address", get(Field::Address), 300);
    let legal_representative = c.text("legal_representative", get(Field::LegalRepresentative), 100);
    let registration_authority = c.text("registration_authority", get(Field::RegistrationAuthority), 100);
    let managing_unit = c.text("managing_unit", get(Field::ManagingUnit), 100);
    let responsible_name = c.text("responsible_name", get(Field::ResponsibleName), subject::NAME_MAX);
    let responsible = responsible_name.map(|name| Responsible {
        name,
        identifier: get(Field::ResponsibleIdentifier).map(|raw| classify(raw).value),
    });

    let content = match (name, kind, status, region_code) {
        (Some(name), Some(kind), Some(status), Some(region_code))
            if !c.remarks.iter().any(|r| r.is_blocking) =>
        {
            let content = Content {
                kind,
                status,
                is_abnormal_listed: false,
                name,
                identifier,
                region_code,
                address,
                industry,
                legal_representative,
                phone,
                established_on,
                registration_authority,
                managing_unit,
                responsible,
                owner_department: defaults.department.clone(),
                departments: vec![defaults.department.clone()],
            };
            let faults = content.faults();
            let is_good = faults.is_empty();
            for f in faults {
                let column = column_of(&f.pointer);
                c.block(column, "", f);
            }
            is_good.then_some(content)
        }
        _ => None,
    };
    let given = Given {
        kind: get(Field::Kind).is_some(),
        status: get(Field::Status).is_some(),
        region: get(Field::RegionCode).is_some() || get(Field::Township).is_some(),
    };
    Parsed { content, remarks: c.remarks, given }
}

/// Lays a row over what is known: what the row does not say stays.
#[must_use]
pub fn overlay(known: &Content, new: &Content, given: Given) -> Content {
    fn keep<T: Clone>(new: &Option<T>, known: &Option<T>) -> Option<T> {
        new.clone().or_else(|| known.clone())
    }
    let mut departments = known.departments.clone();
    departments.extend(new.departments.iter().cloned());
    Content {
        kind: if given.kind { new.kind } else { known.kind },
        status: if given.status { new.status } else { known.status },
        is_abnormal_listed: known.is_abnormal_listed,
        name: new.name.clone(),
        identifier: keep(&new.identifier, &known.identifier),
        region_code: if given.region { new.region_code.clone() } else { known.region_code.clone() },
        address: keep(&new.address, &known.address),
        industry: keep(&new.industry, &known.industry),
        legal_representative: keep(&new.legal_representative, &known.legal_representative),
        phone: keep(&new.phone, &known.phone),
        established_on: keep(&new.established_on, &known.established_on),
        registration_authority: keep(&new.registration_authority, &known.registration_authority),
        managing_unit: keep(&new.managing_unit, &known.managing_unit),
        responsible: keep(&new.responsible, &known.responsible),
        owner_department: known.owner_department.clone(),
        departments: subject::departments(&known.owner_department, &departments),
    }
}

fn column_of(pointer: &str) -> &'static str {
    match pointer {
        "/responsible_party" => "responsible_name",
        "/identifier" => "identifier",
        "/status" => "status",
        _ => "name",
    }
}

/// The identifier with what its check says; what is not verified is kept and said.
fn identifier(c: &mut Collector, raw: Option<&str>) -> (Option<Identifier>, Option<String>) {
    let Some(raw) = raw else { return (None, None) };
    let found = classify(raw);
    let region = found.region.as_ref().map(|r| r.current.clone());
    let shown = if found.is_personal() { String::new() } else { raw.to_string() };
    if found.value.is_empty() {
        return (None, None);
    }
    if found.check != IdentifierCheck::Pass {
        let f = match found.warnings.first() {
            Some(e) => subject::code_fault("", e),
            None => service_kit::Fault::new("", "identifier_not_verified", "未能核验", "not verified"),
        };
        c.warn("identifier", &shown, f);
    }
    (Some(found.into()), region)
}

fn kind(c: &mut Collector, raw: Option<&str>, identifier: Option<&Identifier>) -> Option<SubjectKind> {
    match raw {
        Some(raw) => match raw.parse::<SubjectKind>() {
            Ok(k) => Some(k),
            Err(e) => {
                // "有限责任公司(自然人投资或控股)" names its kind without being one of the words.
                if let Some(found) = SubjectKind::find_in(raw).first() {
                    return Some(*found);
                }
                c.block("kind", raw, service_kit::Fault::new("", e.code(), e.message_zh(), e.to_string()));
                None
            }
        },
        None => Some(identifier.map_or(SubjectKind::Enterprise, subject::kind_of)),
    }
}

fn region(
    c: &mut Collector,
    code: Option<&str>,
    township: Option<&str>,
    from_identifier: Option<String>,
    defaults: &Defaults,
) -> Option<String> {
    if let Some(raw) = code {
        return match subject::region("", raw) {
            Ok(code) => Some(code),
            Err(f) => {
                c.block("region_code", raw, f);
                None
            }
        };
    }
    if let Some(raw) = township {
        if let Some(found) = domain::code::region::township_by_name(raw) {
            return Some(found.code.to_string());
        }
        let f = service_kit::Fault::new(
            "",
            "unknown_township",
            "不是南郑区的镇（街道）",
            "no township of the district",
        );
        c.warn("township", raw, f);
    }
    Some(from_identifier.unwrap_or_else(|| defaults.region_code.clone()))
}

/// `2024-03-01`, `2024/3/1`, `2024.3.1`, `20240301`, `2024年3月1日`.
fn date(raw: &str) -> Option<Date> {
    let raw = raw.split([' ', 'T']).next().unwrap_or(raw);
    let digits: Vec<&str> = raw.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).collect();
    let numbers: Vec<i16> = match digits.as_slice() {
        [one] if one.len() == 8 => {
            vec![one.get(..4)?.parse().ok()?, one.get(4..6)?.parse().ok()?, one.get(6..)?.parse().ok()?]
        }
        [y, m, d] => vec![y.parse().ok()?, m.parse().ok()?, d.parse().ok()?],
        _ => return None,
    };
    Date::new(numbers[0], i8::try_from(numbers[1]).ok()?, i8::try_from(numbers[2]).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> Defaults {
        Defaults { department: "nz-scjg".into(), region_code: "610703".into() }
    }

    fn row(cells: &[(Field, &'static str)]) -> Parsed {
        parse(|f| cells.iter().find(|(g, _)| *g == f).map(|(_, v)| *v), &defaults())
    }

    #[test]
    fn a_company_with_a_right_code_needs_nothing_else() {
        let parsed =
            row(&[(Field::Name, "汉中南郑演示食品有限公司"), (Field::Identifier, "91610703PDY00001X4")]);
        assert!(parsed.remarks.is_empty());
        let content = parsed.content.unwrap();
        assert_eq!(content.kind, SubjectKind::Enterprise);
        assert_eq!(content.region_code, "610703");
    }

    #[test]
    fn a_code_of_the_old_county_belongs_to_the_district() {
        let parsed = row(&[(Field::Name, "旧码"), (Field::Identifier, "91610721PDY0001405")]);
        assert_eq!(parsed.content.unwrap().region_code, "610703");
    }

    #[test]
    fn a_wrong_check_digit_is_kept_and_said() {
        let parsed = row(&[(Field::Name, "错码公司"), (Field::Identifier, "91610703PDY00001X5")]);
        assert_eq!(parsed.content.unwrap().identifier.unwrap().check, IdentifierCheck::Fail);
        assert_eq!(parsed.remarks.len(), 1);
        assert!(!parsed.remarks[0].is_blocking);
    }

    #[test]
    fn full_width_digits_labels_and_copy_numbers_are_read() {
        let parsed = row(&[
            (Field::Name, "全角"),
            (Field::Identifier, "统一社会信用代码：９１６１０７０３ＰＤＹ００００１Ｘ４（1/1）"),
        ]);
        assert_eq!(parsed.content.unwrap().identifier.unwrap().value, "91610703PDY00001X4");
    }

    #[test]
    fn a_row_without_name_or_code_is_refused_with_both_places() {
        let parsed = row(&[(Field::Name, "  ")]);
        assert!(parsed.content.is_none());
        assert_eq!(parsed.remarks[0].column, "name");
        let parsed = row(&[(Field::Name, "无码公司")]);
        assert_eq!(parsed.remarks[0].code, "identifier_missing");
    }

    #[test]
    fn an_object_needs_who_answers_for_it() {
        let parsed = row(&[(Field::Name, "一号塔吊"), (Field::Kind, "设施设备")]);
        assert_eq!(parsed.remarks[0].code, "responsible_party_missing");
        let parsed = row(&[
            (Field::Name, "一号塔吊"),
            (Field::Kind, "设施设备"),
            (Field::ResponsibleName, "演示建筑公司"),
        ]);
        assert!(parsed.content.is_some());
    }

    #[test]
    fn dates_come_in_many_forms() {
        for raw in ["2024-03-01", "2024/3/1", "2024.3.1", "20240301", "2024年3月1日", "2024-03-01 00:00:00"]
        {
            assert_eq!(date(raw), Some(jiff::civil::date(2024, 3, 1)), "{raw}");
        }
        for raw in ["2024-02-30", "去年", "2024"] {
            assert_eq!(date(raw), None, "{raw}");
        }
    }
}
