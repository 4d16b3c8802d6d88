//! Maps header cells to fields by the caller's aliases.
//!
//! Titles are compared after NFKC, without white space, invisible marks or a leading `*`, in lower
//! case. Two fields may share an alias (the official form has 设定依据 twice): the first column takes
//! the first field, the second the second. Refuses nothing; the caller decides what a report means.

use unicode_normalization::UnicodeNormalization;

/// A mapped header with its report.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Header {
    /// Per column the index of its field in the caller's list.
    columns: Vec<Option<usize>>,
    fields: Vec<String>,
    positions: Vec<Option<usize>>,
    /// Columns (1-based) with titles that no field has; blank titles are left out.
    pub unknown: Vec<(u32, String)>,
    /// Fields without a column.
    pub missing: Vec<String>,
    /// Columns (1-based) whose field another column already has; they are not mapped.
    pub duplicate: Vec<(u32, String)>,
}

impl Header {
    /// Maps `titles` to `fields`, each with its aliases; the field's own name is always an alias.
    #[must_use]
    pub fn map<'a>(titles: impl IntoIterator<Item = &'a str>, fields: &[(&str, &[&str])]) -> Self {
        let names: Vec<Vec<String>> = fields
            .iter()
            .map(|(field, aliases)| aliases.iter().copied().chain([*field]).map(normalise_title).collect())
            .collect();
        let mut header = Self {
            columns: Vec::new(),
            fields: fields.iter().map(|(field, _)| (*field).to_owned()).collect(),
            positions: vec![None; fields.len()],
            unknown: Vec::new(),
            missing: Vec::new(),
            duplicate: Vec::new(),
        };
        for (column, title) in titles.into_iter().enumerate() {
            let key = normalise_title(title);
            let mut matching = (0..names.len()).filter(|i| names[*i].contains(&key)).peekable();
            let is_known = matching.peek().is_some();
            let free = matching.find(|i| header.positions[*i].is_none());
            if let Some(field) = free {
                header.positions[field] = Some(column);
            } else if is_known {
                header.duplicate.push((column as u32 + 1, title.to_owned()));
            } else if !key.is_empty() {
                header.unknown.push((column as u32 + 1, title.to_owned()));
            }
            header.columns.push(free);
        }
        header.missing = (0..fields.len())
            .filter(|i| header.positions[*i].is_none())
            .map(|i| header.fields[i].clone())
            .collect();
        header
    }

    /// 0-based column of a field.
    #[must_use]
    pub fn column(&self, field: &str) -> Option<usize> {
        let index = self.fields.iter().position(|f| f == field)?;
        self.positions[index]
    }

    /// 0-based column of the n-th field of the caller's list.
    #[must_use]
    pub fn column_at(&self, index: usize) -> Option<usize> {
        self.positions.get(index).copied().flatten()
    }

    /// Field of a 0-based column.
    #[must_use]
    pub fn field(&self, column: usize) -> Option<&str> {
        let index = (*self.columns.get(column)?)?;
        Some(&self.fields[index])
    }

    /// Cell of a field in a record; none when the field has no column or the record is short.
    #[must_use]
    pub fn cell<'r>(&self, record: &'r crate::rows::Record, field: &str) -> Option<&'r str> {
        record.get(self.column(field)?)
    }
}

/// The form in which titles are compared.
#[must_use]
pub fn normalise_title(title: &str) -> String {
    let text: String = title
        .nfkc()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}'))
        .flat_map(char::to_lowercase)
        .collect();
    text.trim_start_matches('*').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[(&str, &[&str])] = &[
        ("lead_department", &["行业主管（牵头监管）部门"]),
        ("lead_basis", &["设定依据"]),
        ("coop_basis", &["设定依据"]),
        ("uscc", &["统一社会信用代码", "USCC Code"]),
    ];

    #[test]
    fn titles_are_compared_without_width_case_spaces_or_marks() {
        let titles = ["\u{FEFF}*行业主管(牵头\n监管)部门", "Ｕscc  code "];
        let header = Header::map(titles, FIELDS);
        assert_eq!(header.column("lead_department"), Some(0));
        assert_eq!(header.column("uscc"), Some(1));
        assert_eq!(header.missing, ["lead_basis", "coop_basis"]);
    }

    #[test]
    fn a_title_that_stands_twice_goes_to_two_fields_and_a_third_is_reported() {
        let header = Header::map(["设定依据", "备注", "设定依据", "", "设定依据"], FIELDS);
        assert_eq!(header.field(0), Some("lead_basis"));
        assert_eq!(header.field(2), Some("coop_basis"));
        assert_eq!(header.unknown, [(2, "备注".to_owned())]);
        assert_eq!(header.duplicate, [(5, "设定依据".to_owned())]);
    }
}
