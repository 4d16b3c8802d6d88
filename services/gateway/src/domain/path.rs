//! Request paths that mean different things to different readers are refused, never interpreted.
//!
//! A gateway that reads `/a/%2e%2e/b` otherwise than the service behind it is a hole in authorization. So an address has
//! one spelling: no empty, `.` or `..` segment, no encoded dot, slash or backslash, no `;` parameters, no controls, no
//! look-alikes of `/` and `.`. Called by the gate for every request, before anything else looks at the path.

/// Whether the path (without query) has one meaning only.
#[must_use]
pub fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        return false;
    }
    let mut previous = 0u8;
    for (at, &b) in bytes.iter().enumerate() {
        match b {
            b'/' if previous == b'/' => return false,
            // A segment that begins with a dot: `.`, `..`; `.well-known` is the one exception.
            b'.' if previous == b'/'
                && !path.get(at..).is_some_and(|rest| rest.starts_with(".well-known")) =>
            {
                return false;
            }
            b'%' => return is_plain_encoded(path),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b':' | b'@' => {}
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' => {}
            _ => return false,
        }
        previous = b;
    }
    true
}

/// The slow way, for the few paths with percent signs.
fn is_plain_encoded(path: &str) -> bool {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(b) = rest.next() {
        if b != b'%' {
            decoded.push(b);
            continue;
        }
        let digit = |d: Option<u8>| d.and_then(|d| char::from(d).to_digit(16));
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else { return false };
        let Ok(value) = u8::try_from(high * 16 + low) else { return false };
        // An encoded character that is structure when plain, or hides another encoding.
        if matches!(value, b'.' | b'/' | b'\\' | b';' | b'%' | b'?' | b'#') || value < 0x20 || value == 0x7f {
            return false;
        }
        decoded.push(value);
    }
    let Ok(text) = String::from_utf8(decoded) else { return false };
    if text.chars().any(is_look_alike) {
        return false;
    }
    // The plain part must follow the plain rules.
    let skeleton: String = text.chars().map(|c| if c.is_ascii() && c != ' ' { c } else { '_' }).collect();
    !skeleton.contains('%')
        && is_plain(&skeleton.replace(['"', '<', '>', '[', ']', '^', '`', '{', '|', '}'], "_"))
}

/// Characters that some readers fold into `.` or `/`: full-width forms, leaders, slashes of other alphabets.
fn is_look_alike(c: char) -> bool {
    matches!(c, '\u{FF00}'..='\u{FFEF}' | '\u{2024}'..='\u{2026}' | '\u{2044}' | '\u{2215}' | '\u{29F5}'..='\u{29F9}' | '\u{3002}')
        || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_pass_and_tricks_do_not() {
        for good in [
            "/",
            "/v1/supervision-items",
            "/v1/supervision-items/0190-aa/submit",
            "/v1/subjects:import",
            "/.well-known/jwks.json",
            "/docs/swagger-ui.css",
            "/v1/dictionaries/%E5%8D%97%E9%83%91",
            "/v1/a%20b",
            "/v1/feed/",
        ] {
            assert!(is_plain(good), "{good}");
        }
        for bad in [
            "",
            "v1",
            "//v1/a",
            "/v1//a",
            "/v1/./a",
            "/v1/../a",
            "/v1/..",
            "/v1/.",
            "/v1/.git",
            "/v1/%2e%2e/a",
            "/v1/%2E/a",
            "/v1/a%2fb",
            "/v1/a%5Cb",
            "/v1/a\\b",
            "/v1/a;x=1",
            "/v1/a%3bx",
            "/v1/a%00",
            "/v1/a%0d%0a",
            "/v1/%252e",
            "/v1/%",
            "/v1/%zz",
            "/v1/%c0%ae",
            "/v1/%EF%BC%8F",
            "/v1/%EF%BC%8E%EF%BC%8E",
            "/v1/\u{FF0F}a",
            "/v1/a b",
            "*",
            "/v1/%E5/../a",
            "/v1/%E5%8D%97//a",
            "/v1/a%3Fb",
        ] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
