//! Pure rules: a row of the template of the inspector registry becomes an inspector, with a finding for each cell that does
//! not say what its column asks for (执法人员名录库).
//!
//! It knows no registry: whom a row is about is decided by the app. Called by the import.

use super::inspector::{CertificateKind, InspectorContent, InspectorState, words_of};
use crate::forms::inspectors::{COLUMNS, InspectorLine, SHEET};
use domain::code::citizen_id::{CitizenId, Sex};
use domain::code::mobile::Mobile;
use domain::code::region::township_by_name;
use domain::text::{normalise, refuse_control};
use domain::vocabulary::Level;
use jiff::civil::Date;
use table_kit::Severity;
use table_kit::form::FormFault;

/// What a row says, as far as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowContent {
    /// The inspector; empty members were blank.
    pub content: InspectorContent,
    /// Masked numbers stand for what is stored: citizen id, mobile.
    pub masked: (Option<String>, Option<String>),
    /// Masked name.
    pub masked_name: Option<String>,
    /// State, when the row says one.
    pub state: Option<InspectorState>,
    /// Certificate, when the row has a number.
    pub certificate: Option<RowCertificate>,
}

/// The certificate of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowCertificate {
    /// Kind.
    pub kind: CertificateKind,
    /// Number.
    pub number: String,
    /// Issuer.
    pub issuer: String,
    /// First day, when the row says one.
    pub valid_from: Option<Date>,
    /// Last day.
    pub valid_to: Date,
}

/// Columns by their place in the template.
pub mod column {
    /// 单位工号.
    pub const STAFF_NO: usize = 0;
    /// 姓名.
    pub const NAME: usize = 1;
    /// 性别.
    pub const SEX: usize = 2;
    /// 身份证号.
    pub const ID_NUMBER: usize = 3;
    /// 手机号.
    pub const MOBILE: usize = 4;
    /// 学历.
    pub const EDUCATION: usize = 5;
    /// 学历专业.
    pub const MAJOR: usize = 6;
    /// 岗位大类.
    pub const POST_CATEGORY: usize = 7;
    /// 从事本岗起始日期.
    pub const POST_SINCE: usize = 8;
    /// 岗位资质资格.
    pub const QUALIFICATIONS: usize = 9;
    /// 执法事项范围.
    pub const DUTIES: usize = 10;
    /// 地区.
    pub const REGION: usize = 11;
    /// 层级.
    pub const LEVEL: usize = 12;
    /// 担任职务.
    pub const POSITION: usize = 13;
    /// 具体职务.
    pub const POSITION_TITLE: usize = 14;
    /// 所在业务部门（机构）.
    pub const UNIT: usize = 15;
    /// 是否专家.
    pub const SPECIALTIES: usize = 16;
    /// 执法证编号.
    pub const CERTIFICATE: usize = 17;
    /// 执法证有效期.
    pub const VALIDITY: usize = 18;
    /// 执法证发证机关.
    pub const ISSUER: usize = 19;
    /// 执法人员状态.
    pub const STATE: usize = 20;
}

/// Characters of each column at most.
const MOST: [usize; COLUMNS.len()] =
    [40, 50, 10, 20, 20, 50, 100, 50, 30, 1000, 4000, 50, 20, 50, 100, 100, 1000, 40, 60, 100, 20];

struct Row<'l> {
    line: &'l InspectorLine,
    faults: Vec<FormFault>,
}

impl Row<'_> {
    fn fault(&mut self, column: usize, severity: Severity, code: &'static str, zh: &str, en: &str) {
        let place = (self.line.sheet.then_some(SHEET), self.line.row, u32::try_from(column).unwrap_or(0) + 1);
        // Personal data is named by its cell and never repeated.
        let text = match column {
            column::NAME | column::ID_NUMBER | column::MOBILE => "",
            _ => self.line.cells[column].as_str(),
        };
        self.faults.push(FormFault::at(place, severity, code, zh, en).value(text));
    }

    fn text(&self, column: usize) -> Option<String> {
        Some(normalise(&self.line.cells[column])).filter(|t| !t.is_empty())
    }

    fn date(&mut self, column: usize) -> Option<Date> {
        let text = self.text(column)?;
        let read = date_of(&text);
        if read.is_none() {
            self.fault(
                column,
                Severity::Warn,
                "bad_date",
                "日期无法识别，未采用",
                "the date does not read and is left out",
            );
        }
        read
    }

    fn bounds(&mut self) {
        for (column, most) in MOST.iter().enumerate() {
            let text = &self.line.cells[column];
            if text.chars().count() > *most {
                self.fault(column, Severity::Block, "too_long", "内容过长", "the text is too long");
            }
            if refuse_control(text, matches!(column, column::QUALIFICATIONS | column::DUTIES)).is_err() {
                let (zh, en) = ("含有换行或控制字符", "holds a line break or a control character");
                self.fault(column, Severity::Block, "control_character", zh, en);
            }
        }
    }

    fn sex(&mut self, id: Option<&CitizenId>) -> Option<Sex> {
        let text = self.text(column::SEX);
        let read: Option<Sex> = text.as_deref().and_then(|t| t.parse().ok());
        if text.is_some() && read.is_none() {
            self.fault(
                column::SEX,
                Severity::Warn,
                "unknown_word",
                "须为男或女，未采用",
                "must be 男 or 女; left out",
            );
        }
        if let (Some(read), Some(id)) = (read, id)
            && read != id.sex()
        {
            let (zh, en) = ("与身份证号不符", "does not agree with the citizen id");
            self.fault(column::SEX, Severity::Warn, "sex_differs", zh, en);
        }
        read.or(id.map(CitizenId::sex))
    }

    fn region(&mut self, organ_region: &str) -> String {
        let Some(text) = self.text(column::REGION) else { return organ_region.to_string() };
        if text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.len(), 6 | 9 | 12) {
            return text;
        }
        if ["南郑", "南郑区", "汉中市南郑区", "陕西省汉中市南郑区", "南郑县"].contains(&text.as_str())
        {
            return "610703".to_string();
        }
        match township_by_name(&text) {
            Some(region) => region.code.to_string(),
            None => {
                let (zh, en) =
                    ("地区无法识别，按所在单位地区登记", "the region does not read; the organ's is taken");
                self.fault(column::REGION, Severity::Warn, "region_unknown", zh, en);
                organ_region.to_string()
            }
        }
    }

    fn level(&mut self) -> Option<Level> {
        let text = self.text(column::LEVEL)?;
        match Level::read(&text) {
            Ok(read) => Some(read.level),
            Err(_) => {
                let (zh, en) = ("层级须为省、市、县，未采用", "must be 省, 市 or 县; left out");
                self.fault(column::LEVEL, Severity::Warn, "unknown_level", zh, en);
                None
            }
        }
    }

    fn certificate(&mut self) -> Option<RowCertificate> {
        let number = self.text(column::CERTIFICATE);
        let (validity, issuer) = (self.text(column::VALIDITY), self.text(column::ISSUER));
        let Some(number) = number else {
            if validity.is_some() || issuer.is_some() {
                let (zh, en) = ("有有效期或发证机关而无证号", "validity or issuer without a number");
                self.fault(column::CERTIFICATE, Severity::Block, "missing_value", zh, en);
            } else {
                let (zh, en) =
                    ("无执法证，登记后不具备检查资格", "no certificate: registered, not qualified");
                self.fault(column::CERTIFICATE, Severity::Warn, "no_certificate", zh, en);
            }
            return None;
        };
        let span = validity.as_deref().and_then(span_of);
        let Some((valid_from, valid_to)) = span else {
            let (zh, en) = ("有效期须为止日，或“起日至止日”", "must be the last day, or first and last day");
            self.fault(column::VALIDITY, Severity::Block, "bad_date", zh, en);
            return None;
        };
        if valid_from.is_some_and(|from| valid_to < from) {
            let (zh, en) = ("有效期止早于有效期起", "the last day is before the first");
            self.fault(column::VALIDITY, Severity::Block, "interval_reversed", zh, en);
            return None;
        }
        let Some(issuer) = issuer else {
            let (zh, en) = ("发证机关不能为空", "the issuer is missing");
            self.fault(column::ISSUER, Severity::Block, "missing_value", zh, en);
            return None;
        };
        if valid_from.is_none() {
            let (zh, en) = (
                "未写起日，自本岗起始日或导入日起算",
                "no first day: counted from the post's or the import's",
            );
            self.fault(column::VALIDITY, Severity::Warn, "certificate_start_unknown", zh, en);
        }
        Some(RowCertificate { kind: CertificateKind::Enforcement, number, issuer, valid_from, valid_to })
    }

    fn state(&mut self) -> Option<InspectorState> {
        let text = self.text(column::STATE)?;
        match text.parse::<InspectorState>() {
            Ok(InspectorState::Qualified) => Some(InspectorState::Registered),
            Ok(state) => Some(state),
            Err(_) => {
                let (zh, en) = ("状态无法识别，未采用", "the state does not read and is left out");
                self.fault(column::STATE, Severity::Warn, "unknown_word", zh, en);
                None
            }
        }
    }
}

/// Reads a row; findings beside it.
#[must_use]
pub fn read_row(
    line: &InspectorLine,
    organ: &str,
    organ_region: &str,
) -> (Option<RowContent>, Vec<FormFault>) {
    let mut row = Row { line, faults: Vec::new() };
    row.bounds();
    let name = row.text(column::NAME);
    if name.is_none() {
        row.fault(column::NAME, Severity::Block, "missing_value", "姓名不能为空", "the name is missing");
    }
    let (masked_id, id_number) = match row.text(column::ID_NUMBER) {
        Some(text) if text.contains('*') => (Some(text), None),
        Some(text) => match CitizenId::parse(&text) {
            Ok(id) => (None, Some(id)),
            Err(e) => {
                row.fault(
                    column::ID_NUMBER,
                    Severity::Block,
                    e.code(),
                    "身份证号有误",
                    "not a correct citizen id",
                );
                (None, None)
            }
        },
        None => (None, None),
    };
    let (masked_mobile, mobile) = match row.text(column::MOBILE) {
        Some(text) if text.contains('*') => (Some(text), None),
        Some(text) => match Mobile::parse(&text) {
            Ok(m) => (None, Some(m)),
            Err(e) => {
                let (zh, en) = ("须为11位手机号码", "must be a mobile number of eleven digits");
                row.fault(column::MOBILE, Severity::Block, e.code(), zh, en);
                (None, None)
            }
        },
        None => (None, None),
    };
    let sex = row.sex(id_number.as_ref());
    let post_since = row.date(column::POST_SINCE);
    let region_code = row.region(organ_region);
    let level = row.level();
    let certificate = row.certificate();
    let state = row.state();
    let masked_name = name.clone().filter(|n| n.contains('*'));
    let specialties = words_of(&line.cells[column::SPECIALTIES]);
    let content = name.map(|name| RowContent {
        masked: (masked_id, masked_mobile),
        masked_name,
        state,
        certificate,
        content: InspectorContent {
            organ_code: organ.to_string(),
            region_code,
            team_id: None,
            staff_no: row.text(column::STAFF_NO),
            name,
            id_number,
            mobile,
            sex,
            education: row.text(column::EDUCATION),
            major: row.text(column::MAJOR),
            post_category: row.text(column::POST_CATEGORY),
            post_since,
            level,
            position: row.text(column::POSITION),
            position_title: row.text(column::POSITION_TITLE),
            unit: row.text(column::UNIT),
            // 保化组长 and the like: a specialty that also says that its holder leads.
            is_leader: specialties.iter().any(|s| s.contains("组长")),
            duties: words_of(&line.cells[column::DUTIES]),
            qualifications: words_of(&line.cells[column::QUALIFICATIONS]),
            specialties: specialties.into_iter().filter(|s| s != "是").collect(),
            note: None,
        },
    });
    (content, row.faults)
}

/// A day in one of the usual notations: `2028-12-31`, `2028/12/31`, `2028.12.31`, `2028年12月31日`, `20281231`.
#[must_use]
pub fn date_of(text: &str) -> Option<Date> {
    let text = text.trim();
    let text = text.split(['T', ' ']).next().unwrap_or(text);
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let (year, rest) = text.split_at(4);
        let (month, day) = rest.split_at(2);
        return Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    }
    let parts: Vec<&str> =
        text.split(['-', '/', '.', '年', '月', '日']).map(str::trim).filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => {
            Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
        }
        _ => None,
    }
}

/// The last day of a validity, and the first when it is written: `2024-01-01至2028-12-31`.
#[must_use]
pub fn span_of(text: &str) -> Option<(Option<Date>, Date)> {
    for sign in ["至", "到", "~", "～", "—", "－－", "--"] {
        if let Some((from, to)) = text.split_once(sign) {
            return Some((Some(date_of(from)?), date_of(to.trim_start_matches(['—', '-', '~']))?));
        }
    }
    Some((None, date_of(text)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_and_spans_read_as_people_write_them() {
        for text in
            ["2028-12-31", "2028/12/31", "2028.12.31", "2028年12月31日", "20281231", "2028-12-31T00:00:00"]
        {
            assert_eq!(date_of(text), Some(date(2028, 12, 31)), "{text}");
        }
        assert_eq!(date_of("2028-13-01"), None);
        assert_eq!(span_of("2024.1.1至2028.12.31"), Some((Some(date(2024, 1, 1)), date(2028, 12, 31))));
        assert_eq!(
            span_of("2024年1月1日—2028年12月31日"),
            Some((Some(date(2024, 1, 1)), date(2028, 12, 31)))
        );
        assert_eq!(span_of("2028-12-31"), Some((None, date(2028, 12, 31))));
        assert_eq!(span_of("长期"), None);
    }

    fn line(cells: [&str; COLUMNS.len()]) -> InspectorLine {
        InspectorLine { cells: cells.map(ToString::to_string), row: 2, sheet: false }
    }

    const GOOD: [&str; COLUMNS.len()] = [
        "SJ-001",
        "王示例",
        "男",
        "",
        "13800001234",
        "本科",
        "法学",
        "食品药品管理类",
        "2019-07-01",
        "药品检查员",
        "B03.食品经营单位证后监管、A07.公示信息抽查",
        "南郑区",
        "区级",
        "科员",
        "一级科员",
        "食品股",
        "保化组长",
        "27070315001",
        "2024-01-01至2028-12-31",
        "陕西省司法厅",
        "在岗",
    ];

    #[test]
    fn a_full_row_is_read_whole() {
        let (read, faults) = read_row(&line(GOOD), "nz-scjg", "610703");
        assert!(faults.is_empty(), "{faults:?}");
        let read = read.unwrap();
        assert_eq!(read.content.duties.len(), 2);
        assert_eq!(read.content.level, Some(Level::County));
        assert!(read.content.is_leader);
        assert_eq!(read.state, Some(InspectorState::Registered));
        assert_eq!(read.certificate.unwrap().valid_to, date(2028, 12, 31));
    }

    #[test]
    fn wrong_numbers_block_and_are_not_repeated() {
        let mut cells = GOOD;
        cells[column::ID_NUMBER] = "610721199003071230";
        cells[column::MOBILE] = "0916-5512149";
        let (_, faults) = read_row(&line(cells), "nz-scjg", "610703");
        let blocking: Vec<_> = faults.iter().filter(|f| f.is_blocking()).collect();
        assert_eq!(blocking.len(), 2);
        assert!(faults.iter().all(|f| f.value.is_empty()));
    }

    #[test]
    fn a_certificate_without_issuer_or_days_blocks() {
        let mut cells = GOOD;
        cells[column::ISSUER] = "";
        assert!(read_row(&line(cells), "nz-scjg", "610703").1.iter().any(|f| f.code == "missing_value"));
        let mut cells = GOOD;
        cells[column::VALIDITY] = "长期";
        assert!(read_row(&line(cells), "nz-scjg", "610703").1.iter().any(|f| f.code == "bad_date"));
    }
}
