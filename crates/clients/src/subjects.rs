//! The registry's operations that programs use: import, export, search of supervision subjects (监管对象).

use crate::connection::{Call, Connection, Payload, Reopen};
use crate::error::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Client of the subject registry.
#[derive(Clone)]
pub struct SubjectsClient(Connection);

/// A subject of the registry (监管对象), as far as others need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredSubject {
    /// Its id.
    pub id: Uuid,
    /// Kind.
    pub kind: String,
    /// State.
    pub status: String,
    /// Name.
    pub name: String,
    /// Identifier, where it is not a person's.
    #[serde(default)]
    pub identifier: Option<SubjectIdentifier>,
    /// Region.
    pub region_code: String,
    /// Address.
    #[serde(default)]
    pub address: Option<String>,
    /// Trade.
    #[serde(default)]
    pub industry: Option<String>,
    /// The organs that supervise it.
    #[serde(default)]
    pub departments: Vec<String>,
}

/// An identifier of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectIdentifier {
    /// Which kind of code.
    pub kind: String,
    /// Normalised text; empty where it is or may be a person's number.
    pub value: String,
    /// Result of its check.
    pub check: String,
}

/// An import of subjects.
pub struct SubjectImport<'a> {
    /// `csv`, `ndjson` or `xlsx`; told from the first bytes when absent.
    pub format: Option<&'a str>,
    /// Media type of the body.
    pub media: &'a str,
    /// `partial` or `atomic`.
    pub mode: &'a str,
    /// Check only.
    pub is_dry_run: bool,
    /// Organ that will keep the rows, when it is not the caller's own.
    pub department: Option<&'a str>,
    /// Region of rows that say none.
    pub region_code: Option<&'a str>,
    /// The same key is the same import.
    pub key: &'a str,
    /// The file, opened anew for each attempt.
    pub body: Reopen,
}

/// What the start of an import answered.
#[derive(Debug)]
pub struct Started {
    /// The job.
    pub operation: Uuid,
    /// Whether it had been started before with the same key.
    pub is_replayed: bool,
}

impl SubjectsClient {
    /// Over this connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Sends the file and gives the job that works on it.
    ///
    /// # Errors
    /// As [`Connection::json`]; the body is sent again after a temporary failure, under the same key.
    pub async fn subject_import(&self, import: SubjectImport<'_>) -> Result<Started> {
        #[derive(Deserialize)]
        struct Accepted {
            operation_id: Uuid,
        }
        let SubjectImport { format, media, mode, is_dry_run, department, region_code, key, body } = import;
        let call = Call::post("/v1/subject-imports")
            .query("mode", mode)
            .query("dry_run", is_dry_run)
            .query_opt("format", format)
            .query_opt("department", department)
            .query_opt("region_code", region_code)
            .idempotency_key(key)
            .payload(media, Payload::Stream(body));
        let (Accepted { operation_id }, headers) = self.0.json_and_headers(&call).await?;
        Ok(Started { operation: operation_id, is_replayed: headers.contains_key("idempotent-replayed") })
    }

    /// Exports subjects; the answer's body is the file.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn subject_export(
        &self,
        format: &str,
        filters: &[(String, String)],
    ) -> Result<reqwest::Response> {
        let mut call = Call::get("/v1/subject-exports").query("format", format).patient();
        for (name, value) in filters {
            call = call.query(name, value);
        }
        self.0.send(&call).await
    }

    /// One page of subjects, read.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn subject_page(
        &self,
        filters: &[(String, String)],
        cursor: Option<&str>,
    ) -> Result<crate::common::Page<RegisteredSubject>> {
        let mut call = Call::get("/v1/subjects").query("limit", 200).query_opt("cursor", cursor);
        for (name, value) in filters {
            call = call.query(name, value);
        }
        self.0.json(&call).await
    }

    /// One page of subjects that a text finds.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn subject_list(
        &self,
        filters: &[(String, String)],
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<crate::common::Page<Value>> {
        let mut call = Call::get("/v1/subjects").query("limit", limit).query_opt("cursor", cursor);
        for (name, value) in filters {
            call = call.query(name, value);
        }
        self.0.json(&call).await
    }
}
