use std::collections::HashSet;

use super::*;

/// Whether `ui/dist` was there when this test was compiled.
fn built() -> bool {
    paths().next().is_some()
}

#[test]
fn every_embedded_file_is_served_whole() {
    for path in paths() {
        let found = asset(&path).unwrap_or_else(|| panic!("{path} is listed but not served"));
        assert!(!found.bytes.is_empty(), "{path} is empty");
        assert!(found.content_type.contains('/'), "{path} has no type");
        assert!(found.etag.starts_with('"') && found.etag.ends_with('"') && found.etag.len() == 34);
        if let Some(gzip) = &found.gzip {
            assert!(gzip.starts_with(&[0x1f, 0x8b]), "{path}.gz is no gzip");
            assert!(gzip.len() < found.bytes.len(), "{path}.gz is not smaller");
            assert_ne!(found.gzip_etag(), found.etag);
        }
    }
}

#[test]
fn a_page_names_only_files_that_are_embedded() {
    for page in paths().filter(|path| path.ends_with(".html")) {
        let html = asset(&page).expect("listed above");
        let html = String::from_utf8(html.bytes.into_owned()).expect("pages are UTF-8");
        for part in html
            .split(['"', '\''])
            .filter(|part| part.contains("/assets/"))
        {
            assert!(
                asset(part.trim_start_matches('/')).is_some(),
                "{page} names {part}"
            );
        }
    }
}

#[test]
fn hashed_names_are_kept_for_ever_and_pages_are_not() {
    for path in paths() {
        let cache = asset(&path).expect("listed above").cache;
        let hashed = path.contains("/assets/");
        assert_eq!(cache == CacheClass::Immutable, hashed, "{path}");
    }
}

#[test]
fn text_is_marked_as_utf8_and_every_tag_differs() {
    let mut tags = HashSet::new();
    for path in paths() {
        let found = asset(&path).expect("listed above");
        if path.ends_with(".js") || path.ends_with(".html") || path.ends_with(".css") {
            assert!(
                found.content_type.ends_with("charset=utf-8"),
                "{path}: {}",
                found.content_type
            );
        }
        tags.insert((found.etag, found.bytes.len()));
    }
    assert!(
        tags.len() * 10 >= paths().count() * 9,
        "files share their tags"
    );
}

#[test]
fn without_a_build_the_page_says_how_to_build() {
    let html = missing();
    let text = String::from_utf8_lossy(&html.bytes);
    assert!(text.contains("npm run build") && text.contains("make run"));
    assert!(page("no-such-page").bytes == html.bytes);
    if !built() {
        assert!(page("console").bytes == html.bytes);
    }
}

#[test]
fn outside_the_folder_there_is_nothing() {
    for path in [
        "",
        "../Cargo.toml",
        "/etc/passwd",
        "console/../../Cargo.toml",
        "console/index.html.gz",
    ] {
        assert!(asset(path).is_none(), "{path}");
    }
}
