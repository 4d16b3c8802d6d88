//! Identifiers of rows and messages: one UUID newtype for each kind of thing, so that no two kinds can be mixed up.
//!
//! New values are version 7 (time ordered), which keeps database pages warm. The module refuses to give ids any further
//! meaning: nothing may be read out of one. Every service calls it and makes its own kinds with [`define_id!`](crate::define_id).

/// Defines an identifier newtype around a UUID, with serde, text and OpenAPI forms.
///
/// `define_id!(AlertId, "An early-warning alert (预警信息).");` gives `AlertId` the traits `Copy`, `Ord`, `Hash`,
/// `Display`, `FromStr`, `Serialize`, `Deserialize` and `ToSchema` (`string`, format `uuid`). The calling crate needs no
/// dependency on serde or utoipa.
#[macro_export]
macro_rules! define_id {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::__private::uuid::Uuid);

        impl $name {
            /// A fresh time-ordered identifier (UUID version 7).
            #[expect(clippy::new_without_default, reason = "a default that differs each time would surprise")]
            pub fn new() -> Self {
                Self($crate::__private::uuid::Uuid::now_v7())
            }

            /// Wraps a UUID read from storage.
            pub const fn from_uuid(uuid: $crate::__private::uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID by reference.
            pub const fn as_uuid(&self) -> &$crate::__private::uuid::Uuid {
                &self.0
            }

            /// The UUID by value.
            pub const fn into_inner(self) -> $crate::__private::uuid::Uuid {
                self.0
            }
        }

        impl From<$crate::__private::uuid::Uuid> for $name {
            fn from(uuid: $crate::__private::uuid::Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for $crate::__private::uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::__private::uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::__private::uuid::Uuid::parse_str(text).map(Self)
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                $crate::__private::serde::Serialize::serialize(&self.0, to)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                from: D,
            ) -> Result<Self, D::Error> {
                <$crate::__private::uuid::Uuid as $crate::__private::serde::Deserialize>::deserialize(from)
                    .map(Self)
            }
        }

        impl $crate::__private::utoipa::PartialSchema for $name {
            fn schema()
            -> $crate::__private::utoipa::openapi::RefOr<$crate::__private::utoipa::openapi::schema::Schema>
            {
                use $crate::__private::utoipa::openapi::schema::{
                    KnownFormat, ObjectBuilder, SchemaFormat, Type,
                };
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                    .description(Some($doc))
                    .into()
            }
        }

        impl $crate::__private::utoipa::ToSchema for $name {}
    };
}

define_id!(SubjectId, "A subject of supervision (监管对象).");
define_id!(ItemId, "A supervision item (监管事项).");
define_id!(OrganId, "An organ of government or an organisation acting for one (机关单位).");
define_id!(ContactId, "A row of the working contact table (工作联络表).");
define_id!(AccountId, "A login account (账号).");
define_id!(OperationId, "A long-running operation such as an import (长任务).");
define_id!(EventId, "A published event (事件).");
define_id!(AuditId, "An audit entry (审计记录).");
define_id!(TagSchemeId, "A scheme of tags (标签体系).");
define_id!(TagId, "A tag put on a subject (标签).");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_a_bare_uuid_string() {
        let id: SubjectId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"01890a5d-ac96-774b-bcce-b302099a8057\"");
        assert_eq!(serde_json::from_str::<SubjectId>(&json).unwrap(), id);
        assert_eq!(id.to_string().parse::<SubjectId>().unwrap(), id);
        assert_eq!(SubjectId::from(id.into_inner()), id);
    }

    #[test]
    fn new_ids_are_version_seven_and_ascending() {
        let ids: Vec<SubjectId> = (0..100).map(|_| SubjectId::new()).collect();
        assert!(ids.iter().all(|id| id.as_uuid().get_version_num() == 7));
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_text_that_is_no_uuid_is_refused() {
        assert!("subject-1".parse::<SubjectId>().is_err());
    }

    #[test]
    fn the_schema_is_a_string_of_format_uuid() {
        let schema = serde_json::to_value(<SubjectId as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(schema["type"], "string");
        assert_eq!(schema["format"], "uuid");
    }
}
