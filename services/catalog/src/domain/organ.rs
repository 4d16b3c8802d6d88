//! Words of organs (机关单位) and the names one is found by.
//!
//! Refuses nothing by itself: that a name belongs to one organ only is the store's unique key. Called by the organ app
//! functions, the reference loader and the forms.

use domain::text::search_key;

domain::define_words! {
    /// Kind of an organ (机构类别).
    pub enum OrganKind {
        /// Organ of the district government.
        DistrictOrgan = "district_organ", "区政府工作部门", [];
        /// Organ of the party committee.
        PartyOrgan = "party_organ", "区委工作机关", [];
        /// Public institution.
        PublicInstitution = "public_institution", "事业单位", [];
        /// Organ outside the district's command (垂管).
        VerticalOrgan = "vertical_organ", "垂管部门", [];
        /// Court or procuratorate.
        JudicialOrgan = "judicial_organ", "司法机关", [];
        /// Management of a development zone.
        DevelopmentZone = "development_zone", "园区管委会", [];
        /// Town or street office.
        Township = "township", "镇（街道）", [];
    }
}

domain::define_words! {
    /// Duty that the plan gives to an organ (职责).
    pub enum OrganDuty {
        /// Organises the whole.
        Organiser = "organiser", "组织实施牵头部门", [];
        /// Settles unclear duties.
        StaffingAuthority = "staffing_authority", "机构编制部门", [];
        /// Supervises how the law is enforced.
        EnforcementOversightOrgan = "enforcement_oversight_organ", "行政执法监督机构", [];
        /// Approves; party to the boundary list.
        ApprovalDepartment = "approval_department", "审批部门", [];
        /// Runs the platform.
        PlatformOperator = "platform_operator", "平台运行单位", [];
        /// Leads in credit matters.
        CreditLead = "credit_lead", "信用监管牵头部门", [];
        /// Keeps a register of subjects.
        RegistryKeeper = "registry_keeper", "名录库责任单位", [];
    }
}

domain::define_words! {
    /// Which spelling of an organ was found.
    pub enum NameKind {
        /// Its code.
        Code = "code", "代码", [];
        /// Its full name.
        Name = "name", "全称", [];
        /// Its short name.
        ShortName = "short_name", "简称", [];
        /// Another spelling.
        Alias = "alias", "别名", [];
    }
}

/// An organ (机关单位).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organ {
    /// Code.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Short name, as the notice writes it.
    pub short_name: String,
    /// Other spellings.
    pub aliases: Vec<String>,
    /// Kind.
    pub kind: OrganKind,
    /// Outside the district's command.
    pub vertical: bool,
    /// May inspect or punish in its own name.
    pub is_enforcement_body: bool,
    /// Duties the plan gives to it.
    pub duties: Vec<OrganDuty>,
    /// Its region.
    pub region_code: String,
    /// First day.
    pub valid_from: jiff::civil::Date,
    /// First day after its end.
    pub valid_to: Option<jiff::civil::Date>,
    /// Remark.
    pub note: Option<String>,
    /// Version of the row.
    pub version: i64,
}

impl Organ {
    /// All spellings it is found by.
    #[must_use]
    pub fn spellings(&self) -> Vec<Spelling> {
        spellings(&self.code, &self.name, &self.short_name, &self.aliases)
    }
}

/// One spelling by which an organ is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// Letters, digits and Chinese characters only, see [`search_key`].
    pub key: String,
    /// Which spelling it is.
    pub kind: NameKind,
    /// As written.
    pub text: String,
}

/// All spellings of an organ, each key once; code, full name, short name, aliases, in this order of rank.
#[must_use]
pub fn spellings(code: &str, name: &str, short_name: &str, aliases: &[String]) -> Vec<Spelling> {
    let named = [(NameKind::Code, code), (NameKind::Name, name), (NameKind::ShortName, short_name)];
    let all = named.into_iter().chain(aliases.iter().map(|a| (NameKind::Alias, a.as_str())));
    let mut out: Vec<Spelling> = Vec::new();
    for (kind, text) in all {
        let key = search_key(text);
        if !key.is_empty() && out.iter().all(|s| s.key != key) {
            out.push(Spelling { key, kind, text: text.to_string() });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_counts_once_and_the_highest_rank_wins() {
        let aliases = ["区人社局".to_string(), "人社局".to_string(), "（人社局）".to_string()];
        let all = spellings("nz-rsj", "区人力资源和社会保障局", "区人社局", &aliases);
        let kinds: Vec<_> = all.iter().map(|s| (s.kind, s.text.as_str())).collect();
        assert_eq!(
            kinds,
            [
                (NameKind::Code, "nz-rsj"),
                (NameKind::Name, "区人力资源和社会保障局"),
                (NameKind::ShortName, "区人社局"),
                (NameKind::Alias, "人社局")
            ]
        );
    }
}
