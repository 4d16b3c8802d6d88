//! Use cases of the gateway: permission, load, decide, one transaction.
//!
//! - [`bootstrap`]: what the first start makes
//! - [`key_ring`], [`signing_key`]: token keys, issuing, rotation
//! - [`hasher`]: password hashing that cannot starve the workers
//! - [`guard`]: how many guesses are evaluated
//! - [`login`], [`refresh`], [`client_token`], [`session`]: ways to a token and their end
//! - [`revocation`]: making tokens not count
//! - [`account`], [`account_rights`], [`account_password`]: accounts
//! - [`api_client`]: systems that call by key
//! - [`organ`]: asking the catalog whether a department exists

pub mod account;
pub mod account_password;
pub mod account_rights;
pub mod api_client;
pub mod bootstrap;
pub mod client_token;
pub mod guard;
pub mod hasher;
pub mod key_ring;
pub mod login;
pub mod organ;
pub mod refresh;
pub mod revocation;
pub mod session;
pub mod signing_key;
