//! Files that a computer or a telephone would run, by their bytes and by their name.

/// Endings of programs, packages and scripts that open with a tap.
const ENDINGS: [&str; 44] = [
    "apk", "apks", "app", "appx", "bat", "cmd", "com", "command", "cpl", "deb", "dll", "dmg",
    "exe", "gadget", "hta", "inf", "ipa", "jar", "js", "jse", "lnk", "msi", "msix", "msp", "mst",
    "pif", "pkg", "ps1", "psm1", "reg", "rpm", "scf", "scr", "sct", "sh", "sys", "url", "vb",
    "vbe", "vbs", "ws", "wsf", "wsh", "xapk",
];

/// First bytes of programs: Windows, Linux, macOS, Android, scripts.
const MAGIC: [&[u8]; 8] = [
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"dex\n",
    b"#!/",
];

/// Packages that are archives, by a file in them.
const INSIDE: [&[u8]; 2] = [b"AndroidManifest.xml", b"META-INF/MANIFEST.MF"];

/// Would somebody who opens this file run it?
#[must_use]
pub fn runs(name: &str, bytes: &[u8]) -> bool {
    // Windows forgets dots and spaces at the end.
    let name = name.trim_end_matches(['.', ' ']).to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let archive = bytes.starts_with(b"PK\x03\x04");
    ENDINGS.contains(&ending)
        || MAGIC.iter().any(|magic| bytes.starts_with(magic))
        || (archive && INSIDE.iter().any(|inside| holds(bytes, inside)))
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_known_by_its_name_or_by_its_bytes() {
        for (name, bytes) in [
            ("setup.EXE", &b"x"[..]),
            ("photo.jpg.scr. ", b"x"),
            ("红包.apk", b"x"),
            ("photo.jpg", b"MZ\x90\0"),
            ("list", b"#!/bin/sh"),
            ("a.zip", b"PK\x03\x04....AndroidManifest.xml"),
        ] {
            assert!(runs(name, bytes), "{name}");
        }
        for (name, bytes) in [
            ("茶.docx", &b"PK\x03\x04....word/document.xml"[..]),
            ("exe", b"x"),
            ("voice", b"#!AMR\n"),
            ("a.pdf", b"%PDF-1.7"),
            ("notes.txt", b"MANIFEST"),
        ] {
            assert!(!runs(name, bytes), "{name}");
        }
    }
}
