//! Fixtures that the topics share.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Caller};

/// Media type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A certificate of that number, valid for years around the tests' day.
pub fn certificate(number: &str) -> Value {
    json!({"number": number, "issuer": "陕西省司法厅", "valid_from": "2024-01-01", "valid_to": "2030-12-31"})
}

/// A qualified inspector of the caller's organ; the certificate's number follows the staff number.
pub fn inspector(staff_no: &str) -> Value {
    json!({
        "name": "王示例", "staff_no": staff_no, "id_number": "61072119900307123X", "mobile": "13800001234",
        "level": "county", "unit": "食品安全监管股", "duties": ["B03.食品经营单位证后监管"],
        "qualifications": ["药品检查员"], "certificate": certificate(&format!("2707{staff_no}")),
    })
}

/// Sends a file to an import.
pub async fn import(who: &Caller, path: &str, media: &str, bytes: Vec<u8>) -> Answer {
    who.send(Method::POST, path, &[("content-type", media)], bytes).await
}
