//! The API page at `/docs/`: Swagger UI from the binary, reading `/openapi.json`, without the internet (A21).
//!
//! The content security policy allows this origin and nothing else, so a page that tried to fetch from elsewhere could
//! not. Called by the gate.

use actix_web::http::{Method, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use std::sync::Arc;
use utoipa_swagger_ui::Config;

/// Where the page is.
pub const PATH: &str = "/docs/";

/// Everything from here; styles of elements are set by script, which the policy does not concern; icons are data URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's settings.
#[must_use]
pub fn settings() -> Arc<Config<'static>> {
    // "none" keeps the page from sending the document's address to swagger.io.
    Arc::new(
        Config::from("/openapi.json")
            .validator_url("none")
            .deep_linking(true)
            .display_operation_id(true)
            .filter(true)
            .persist_authorization(false)
            .doc_expansion("none"),
    )
}

/// Answers for a path under `/docs`; nothing when it is another path.
#[must_use]
pub fn answer(path: &str, method: &Method, settings: &Arc<Config<'static>>) -> Option<HttpResponse> {
    if path == "/docs" {
        return Some(HttpResponse::PermanentRedirect().insert_header((header::LOCATION, PATH)).finish());
    }
    let file = path.strip_prefix(PATH)?;
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Some(HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD")).finish());
    }
    let found = utoipa_swagger_ui::serve(file, Arc::clone(settings)).ok().flatten()?;
    let mut builder = HttpResponse::Ok();
    guard(&mut builder);
    builder.content_type(found.content_type);
    if found.gzpipped {
        builder.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Some(if *method == Method::HEAD { builder.finish() } else { builder.body(found.bytes.into_owned()) })
}

fn guard(builder: &mut HttpResponseBuilder) {
    builder
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::X_FRAME_OPTIONS, "DENY"))
        .insert_header(("cross-origin-opener-policy", "same-origin"))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_nothing_outside() {
        let settings = settings();
        for file in ["", "index.html", "swagger-initializer.js"] {
            let found = utoipa_swagger_ui::serve(file, Arc::clone(&settings)).unwrap().unwrap();
            let text = String::from_utf8(found.bytes.into_owned()).unwrap();
            assert!(
                !text.contains("http://") && !text.contains("https://") && !text.contains("src=\"//"),
                "{file}: {text}"
            );
        }
        assert!(answer("/docs", &Method::GET, &settings).is_some());
        assert!(answer("/docs/nothing.js", &Method::GET, &settings).is_none());
        assert!(answer("/v1/docs/", &Method::GET, &settings).is_none());
    }
}
