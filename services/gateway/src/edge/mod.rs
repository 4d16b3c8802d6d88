//! The public edge: what every request meets before anything is done for it, and the way to the services.
//!
//! - [`door`]: the gate: path, CORS, credentials, rate limits, then the handler or the proxy
//! - [`visit`]: what the gate found out about a request
//! - [`limits`]: counters of requests per caller and per address
//! - [`cors`]: exact origins
//! - [`headers`]: what is stripped and what is set on the way in and out
//! - [`proxy`]: routing and forwarding, streaming both ways
//! - [`upstream`]: connections to one service, kept per worker thread
//! - [`breaker`]: stops knocking at a service that does not answer
//! - [`docs`]: the API page, without the internet
//! - [`credentials`]: tokens and API keys

pub mod breaker;
pub mod cors;
pub mod credentials;
pub mod docs;
pub mod door;
pub mod headers;
pub mod limits;
pub mod proxy;
pub mod upstream;
pub mod visit;
