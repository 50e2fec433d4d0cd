//! What a file is, and how large a picture would be: read from its first bytes, never from its name,
//! and without opening it.

/// Pixels of a picture that is kept, at most: more than any camera of a telephone makes by itself,
/// and as much as a browser opens without trouble.
pub const PIXELS: u64 = 40_000_000;

/// What a file is, by its first bytes and never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    /// The type.
    pub mime: &'static str,
    /// Pixels, for pictures.
    pub size: Option<(u32, u32)>,
}

impl Sniffed {
    /// Would more pixels be opened than [`PIXELS`]?
    #[must_use]
    pub fn too_many_pixels(&self) -> bool {
        let pixels = |(width, height)| u64::from(width) * u64::from(height);
        self.size.map_or(0, pixels) > PIXELS
    }
}

/// Reads the first bytes of a file.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Sniffed {
    let be = |at: usize| {
        bytes
            .get(at..at + 4)
            .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
    };
    let le16 = |at: usize| {
        bytes
            .get(at..at + 2)
            .map(|b| u32::from(u16::from_le_bytes([b[0], b[1]])))
    };
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Sniffed {
            mime: "image/png",
            size: be(16).zip(be(20)),
        };
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Sniffed {
            mime: "image/gif",
            size: le16(6).zip(le16(8)),
        };
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Sniffed {
            mime: "image/jpeg",
            size: jpeg_size(bytes),
        };
    }
    if bytes.len() > 30 && &bytes[..4] == b"RIFF" && &bytes[8..12] == b"WEBP" {
        return Sniffed {
            mime: "image/webp",
            size: webp_size(bytes),
        };
    }
    let plain = |mime| Sniffed { mime, size: None };
    if bytes.starts_with(b"%PDF-") {
        return plain("application/pdf");
    }
    if bytes.starts_with(b"#!AMR") {
        return plain("audio/amr");
    }
    if bytes.starts_with(b"#!SILK") || bytes.starts_with(b"\x02#!SILK") {
        return plain("audio/silk");
    }
    // A frame of MPEG 1 or 2, layer 3, with or without a check sum.
    let frame = matches!(bytes, [0xff, 0xfb | 0xfa | 0xf3 | 0xf2, ..]);
    if bytes.starts_with(b"ID3") || frame {
        return plain("audio/mpeg");
    }
    if bytes.len() > 12 && &bytes[4..8] == b"ftyp" {
        return plain(match &bytes[8..12] {
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
                "image/heic"
            }
            b"avif" | b"avis" => "image/avif",
            b"M4A " | b"M4B " => "audio/mp4",
            b"qt  " => "video/quicktime",
            _ => "video/mp4",
        });
    }
    plain("application/octet-stream")
}

/// Width and height from a JPEG's frame header.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        while bytes.get(at..at + 2)? == [0xff, 0xff] {
            at += 1;
        }
        let [0xff, marker, high, low] = *bytes.get(at..at + 4)? else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let frame = bytes.get(at + 5..at + 9)?;
            let height = u32::from(u16::from_be_bytes([frame[0], frame[1]]));
            return Some((u32::from(u16::from_be_bytes([frame[2], frame[3]])), height));
        }
        at += 2 + length;
    }
}

/// Width and height from the first chunk of a WebP file.
fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let le = |at: usize, count: usize| {
        let bytes = bytes.get(at..at + count)?.iter().rev();
        Some(bytes.fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    };
    match bytes.get(12..16)? {
        b"VP8X" => Some((le(24, 3)? + 1, le(27, 3)? + 1)),
        b"VP8L" => {
            let both = le(21, 4)?;
            Some(((both & 0x3fff) + 1, (both >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((le(26, 2)? & 0x3fff, le(28, 2)? & 0x3fff)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0, 0, 0, 3, 0, 0, 0, 2]);
        assert_eq!(
            sniff(&png),
            Sniffed {
                mime: "image/png",
                size: Some((3, 2))
            }
        );
        assert_eq!(
            sniff(b"<svg onload=alert(1)>").mime,
            "application/octet-stream"
        );
        assert_eq!(sniff(b"").mime, "application/octet-stream");
    }

    fn webp(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\x40\0\0\0WEBP".to_vec();
        file.extend(kind);
        file.extend([32, 0, 0, 0]);
        file.extend(body);
        file.resize(64, 0);
        file
    }

    #[test]
    fn every_kind_of_picture_is_measured_by_its_header() {
        let wide = |bytes: &[u8]| sniff(bytes).size;
        assert_eq!(wide(b"GIF89a\x40\x1f\x70\x17\0\0\0"), Some((8_000, 6_000)));
        let jpeg = b"\xff\xd8\xff\xff\xe0\0\x04ab\xff\xc2\0\x0b\x08\x17\x70\x1f\x40\x03";
        assert_eq!(wide(jpeg), Some((8_000, 6_000)));
        let extended = [0, 0, 0, 0, 0x3f, 0x1f, 0, 0x6f, 0x17, 0];
        assert_eq!(wide(&webp(b"VP8X", &extended)), Some((8_000, 6_000)));
        let lossless = (7_999_u32 | 5_999 << 14).to_le_bytes();
        let lossless = [&[0x2f], &lossless[..]].concat();
        assert_eq!(wide(&webp(b"VP8L", &lossless)), Some((8_000, 6_000)));
        let lossy = [0, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x1f, 0x70, 0x17];
        assert_eq!(wide(&webp(b"VP8 ", &lossy)), Some((8_000, 6_000)));
    }

    #[test]
    fn forty_million_pixels_are_the_most() {
        let of = |width, height| Sniffed {
            mime: "image/png",
            size: Some((width, height)),
        };
        assert!(!of(8_000, 5_000).too_many_pixels());
        assert!(of(8_001, 5_000).too_many_pixels());
        assert!(of(u32::MAX, u32::MAX).too_many_pixels());
        assert!(!sniff(b"tea").too_many_pixels());
    }

    #[test]
    fn one_box_holds_films_pictures_and_sounds() {
        let of = |brand: &[u8]| {
            let file = [b"\0\0\0\x18ftyp", brand, b"\0\0\0\0isom"].concat();
            sniff(&file).mime
        };
        assert_eq!(of(b"isom"), "video/mp4");
        assert_eq!(of(b"heic"), "image/heic");
        assert_eq!(of(b"avif"), "image/avif");
        assert_eq!(of(b"M4A "), "audio/mp4");
        for frame in [0xfb, 0xfa, 0xf3, 0xf2] {
            assert_eq!(sniff(&[0xff, frame, 0x90, 0]).mime, "audio/mpeg");
        }
        assert_eq!(sniff(&[0xff, 0xd9]).mime, "application/octet-stream");
    }
}
