//! Who is calling, and what that allows.
//!
//! The gateway signs short EdDSA tokens; every service verifies them itself against the gateway's JWKS and trusts no
//! header (D8). Permission is a committed role × operation matrix and a [`Scope`] that every store function takes.

pub mod identity;
pub mod permissions;
pub mod revocation;
pub mod tokens;
pub mod verifier;

pub use identity::{Claims, Identity, Scope};
pub use permissions::{Access, Permissions, Reach};
pub use verifier::Verifier;
