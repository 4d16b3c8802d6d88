//! Items and files that several tests need, and the people who move an item on.

use catalog::forms::attachment1::{COLUMNS, NOTES, TITLE};
use reqwest::Method;
use serde_json::{Value, json};
use table_kit::grid::{Cell, Grid, Merge, Workbook};
use testkit::{Answer, Caller, Suite};

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// An item of 区人社局 with 区市场监管局 and 区税务局, complete.
pub fn item() -> Value {
    json!({
        "field": "劳动用工监管",
        "lead_item": "对用人单位依法签订劳动合同情况的监督检查",
        "lead_basis": "《中华人民共和国劳动法》第八十五条、《中华人民共和国劳动合同法》第七十三条",
        "subject_desc": "企业、个体经济组织",
        "organising_levels": ["county"],
        "supervision_levels": ["county"],
        "inspection_methods": ["double_random", "document_check"],
        "cooperating": [
            {"department": "nz-scjg", "item": "对市场主体登记注册事项的监督检查", "basis": "《中华人民共和国公司法》第二百五十条"},
            {"department": "nz-swj", "item": "对市场主体缴税情况的监督检查", "basis": "《中华人民共和国税收征收管理法》第五十四条"},
        ],
    })
}

/// The people of an item's life.
pub struct People {
    pub editor: Caller,
    pub head: Caller,
    pub market: Caller,
    pub tax: Caller,
    pub staffing: Caller,
    pub legal: Caller,
    pub organiser: Caller,
}

impl People {
    pub async fn of(suite: &Suite) -> Self {
        Self {
            editor: suite.clerk("nz-rsj", &["lead_editor"]).await,
            head: suite.clerk("nz-rsj", &["lead_head"]).await,
            market: suite.clerk("nz-scjg", &["coop_editor"]).await,
            tax: suite.clerk("nz-swj", &["coop_editor"]).await,
            staffing: suite.clerk("nz-qwbb", &["staffing"]).await,
            legal: suite.clerk("nz-sfj", &["legal"]).await,
            organiser: suite.clerk("nz-scjg", &["organiser"]).await,
        }
    }

    /// A new draft; gives its path.
    pub async fn draft(&self) -> String {
        let made = self.editor.post("/v1/supervision-items", &item()).await;
        made.expect(201);
        made.header("location").expect("a location").to_string()
    }

    pub async fn submit(&self, path: &str) -> Answer {
        self.editor.post(&format!("{path}/submit"), &json!({})).await
    }

    pub async fn confirm_all(&self, path: &str) {
        for who in [&self.market, &self.tax] {
            who.post(&format!("{path}/confirm"), &json!({"reason": "同意"})).await.expect(200);
        }
    }

    /// From the draft, or an open change, to the publication today.
    pub async fn publish(&self, path: &str) -> Answer {
        self.submit(path).await.expect(200);
        self.confirm_all(path).await;
        self.legal.post(&format!("{path}/legal-pass"), &json!({})).await.expect(200);
        self.organiser.post(&format!("{path}/accept"), &json!({})).await.expect(200);
        self.organiser.post(&format!("{path}/publish"), &json!({"reason": "动态调整"})).await
    }
}

/// Sends a file to an import.
pub async fn import(who: &Caller, query: &str, media: &str, bytes: Vec<u8>) -> Answer {
    who.send(Method::POST, &format!("/v1/item-imports{query}"), &[("content-type", media)], bytes).await
}

/// Attachment 1 of the notice as somebody types it: merged lead cells, a blank row, the notes in one cell.
pub fn seed_table() -> Grid {
    let mut texts: Vec<Vec<String>> = vec![vec![TITLE.into()], COLUMNS.map(String::from).to_vec()];
    let row = |cells: [&str; 11]| cells.map(String::from).to_vec();
    texts.push(row([
        "1",
        "例：劳动用工监管",
        "区人力资源和社会保障局",
        "对用人单位依法用工情况的监管",
        "《中华人民共和国劳动法》等",
        "区域辖区的企业、个体经济组织",
        "区级",
        "区级",
        "区市场监管局",
        "对市场主体登记注册事项、年度报告公示信息的监管",
        "《中华人民共和国公司法》《市场主体登记管理条例》",
    ]));
    texts.push(row([
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "区税务局",
        "对市场主体缴税情况的监管",
        "《中华人民共和国企业所得税法》等",
    ]));
    texts.push(row([""; 11]));
    texts.push(vec![NOTES.join("\n")]);
    let mut grid = Grid::from_text("Sheet1", &texts);
    grid.merges = (0..8).map(|c| Merge { r0: 2, c0: c, r1: 3, c1: c }).collect();
    grid.merges.push(Merge { r0: 0, c0: 0, r1: 0, c1: 10 });
    grid.header_rows = 2;
    grid
}

/// A file of one sheet.
pub fn file(grid: Grid) -> Vec<u8> {
    Workbook::new(vec![grid]).write().expect("a workbook")
}

/// Puts a text into a cell.
pub fn set(grid: &mut Grid, row: usize, column: usize, text: &str) {
    grid.rows[row][column] = Cell::text(text);
}

/// The shown texts of the official sheet of an exported file, without the hidden columns.
pub fn official_cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let book = Workbook::read(bytes, &table_kit::Limits::default()).expect("a readable export");
    let grid = &book.grids[0];
    grid.rows.iter().map(|r| r.iter().take(11).map(|c| c.shown.clone()).collect()).collect()
}

/// `(cell, code)` of a report's findings, in its order.
pub fn findings(report: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    report["faults"]
        .as_array()
        .expect("faults")
        .iter()
        .map(|f| (text(&f["cell"]), text(&f["code"])))
        .collect()
}
