//! What a file is: said by its extension, believed where its first bytes agree.
//!
//! A browser is shown only what it cannot run: pictures without scripts, sound, films, PDF and plain text. Everything else is
//! a download, whatever it claims to be (WHATWG HTML §"Security risks of hosting untrusted content").

/// A media type (RFC 9110 §8.3) that files may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentType {
    /// As in `Content-Type`.
    pub essence: &'static str,
    /// Whether a browser may show it; else it is to be saved.
    pub is_shown: bool,
    looks_right: Looks,
}

/// How the first bytes of a file look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// However.
    Any,
    /// UTF-8 without U+0000, to its end.
    Text,
    /// They begin with one of these.
    Begin(&'static [&'static [u8]]),
    /// RIFF with this in its form (bytes 8 to 11).
    Riff(&'static [u8; 4]),
    /// An ISO base media file (ISO/IEC 14496-12) whose first box is one of these.
    Box(&'static [&'static [u8; 4]]),
    /// One whose `ftyp` box names one of these brands, as its own or as compatible.
    Brand(&'static [&'static [u8; 4]]),
    /// MPEG audio: an ID3 tag, or a frame's sync word.
    Mpeg,
    /// AAC in ADTS frames.
    Adts,
    /// `%PDF-` near the beginning, where readers look for it.
    Pdf,
}

const fn shown(essence: &'static str, looks_right: Looks) -> ContentType {
    ContentType { essence, is_shown: true, looks_right }
}

const fn saved(essence: &'static str, looks_right: Looks) -> ContentType {
    ContentType { essence, is_shown: false, looks_right }
}

const UNKNOWN: ContentType = saved("application/octet-stream", Looks::Any);
const ZIP: Looks = Looks::Begin(&[b"PK\x03\x04", b"PK\x05\x06"]);
const MATROSKA: Looks = Looks::Begin(&[b"\x1a\x45\xdf\xa3"]);
const OGG: Looks = Looks::Begin(&[b"OggS"]);

impl ContentType {
    /// The type that a file called `name` should have, by its extension in any case.
    pub fn of_name(name: &str) -> Self {
        let Some((_, extension)) = name.rsplit_once('.') else { return UNKNOWN };
        match extension.to_ascii_lowercase().as_str() {
            "png" => shown("image/png", Looks::Begin(&[b"\x89PNG\r\n\x1a\n"])),
            "jpg" | "jpeg" => shown("image/jpeg", Looks::Begin(&[b"\xff\xd8\xff"])),
            "gif" => shown("image/gif", Looks::Begin(&[b"GIF87a", b"GIF89a"])),
            "webp" => shown("image/webp", Looks::Riff(b"WEBP")),
            "avif" => shown("image/avif", Looks::Brand(&[b"avif", b"avis"])),
            "mp3" => shown("audio/mpeg", Looks::Mpeg),
            "aac" => shown("audio/aac", Looks::Adts),
            "m4a" => shown("audio/mp4", Looks::Box(&[b"ftyp"])),
            "ogg" | "oga" | "opus" => shown("audio/ogg", OGG),
            "wav" => shown("audio/wav", Looks::Riff(b"WAVE")),
            "flac" => shown("audio/flac", Looks::Begin(&[b"fLaC", b"ID3"])),
            "weba" => shown("audio/webm", MATROSKA),
            "webm" => shown("video/webm", MATROSKA),
            "mp4" | "m4v" => shown("video/mp4", Looks::Box(&[b"ftyp"])),
            "mov" => {
                shown("video/quicktime", Looks::Box(&[b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"]))
            }
            "ogv" => shown("video/ogg", OGG),
            "pdf" => shown("application/pdf", Looks::Pdf),
            "txt" | "text" | "log" => shown("text/plain; charset=utf-8", Looks::Text),
            "md" | "markdown" => saved("text/markdown", Looks::Any),
            "svg" => saved("image/svg+xml", Looks::Any),
            "bmp" => saved("image/bmp", Looks::Begin(&[b"BM"])),
            "html" | "htm" => saved("text/html", Looks::Any),
            "css" => saved("text/css", Looks::Any),
            "js" | "mjs" => saved("text/javascript", Looks::Any),
            "csv" => saved("text/csv", Looks::Any),
            "json" => saved("application/json", Looks::Any),
            "xml" => saved("application/xml", Looks::Any),
            "zip" => saved("application/zip", ZIP),
            "gz" => saved("application/gzip", Looks::Begin(&[b"\x1f\x8b"])),
            "docx" => saved("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ZIP),
            "xlsx" => saved("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ZIP),
            "pptx" => saved("application/vnd.openxmlformats-officedocument.presentationml.presentation", ZIP),
            "odt" => saved("application/vnd.oasis.opendocument.text", ZIP),
            "ods" => saved("application/vnd.oasis.opendocument.spreadsheet", ZIP),
            "odp" => saved("application/vnd.oasis.opendocument.presentation", ZIP),
            "epub" => saved("application/epub+zip", ZIP),
            _ => UNKNOWN,
        }
    }

    /// The type of a file called `name` with this content: [`Self::of_name`] where the content looks like it, else bytes of which
    /// nothing is known.
    pub fn of(name: &str, content: &[u8]) -> Self {
        let named = Self::of_name(name);
        if named.fits(content) { named } else { UNKNOWN }
    }

    /// Whether `content` looks like this type.
    pub fn fits(&self, content: &[u8]) -> bool {
        let at_four = content.get(4..8);
        match self.looks_right {
            Looks::Any => true,
            Looks::Text => !content.contains(&0) && std::str::from_utf8(content).is_ok(),
            Looks::Begin(ways) => ways.iter().any(|way| content.starts_with(way)),
            Looks::Riff(form) => content.starts_with(b"RIFF") && content.get(8..12) == Some(form),
            Looks::Box(boxes) => boxes.iter().any(|known| at_four == Some(known.as_slice())),
            Looks::Brand(brands) => {
                let is_brand = |brand: &[u8]| brands.iter().any(|known| brand == known.as_slice());
                // The box's length, `ftyp`, the major brand, its version, then the compatible ones.
                let length = content.first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
                let end = usize::try_from(length).unwrap_or(usize::MAX).min(content.len()).min(256);
                at_four == Some(b"ftyp")
                    && (content.get(8..12).is_some_and(is_brand)
                        || content.get(16..end).is_some_and(|rest| rest.chunks_exact(4).any(is_brand)))
            }
            Looks::Mpeg => {
                content.starts_with(b"ID3")
                    || matches!(content, [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0)
            }
            Looks::Adts => matches!(content, [0xff, second, ..] if second & 0xf6 == 0xf0),
            Looks::Pdf => content[..content.len().min(1024)].windows(5).any(|window| window == b"%PDF-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_believed_where_the_bytes_agree() {
        for (name, content, essence, is_shown) in [
            ("a.png", &b"\x89PNG\r\n\x1a\n..."[..], "image/png", true),
            ("a.PNG", b"\x89PNG\r\n\x1a\n", "image/png", true),
            ("a.png", b"<html>", "application/octet-stream", false),
            ("a.png", b"", "application/octet-stream", false),
            ("photo.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg", true),
            ("a.gif", b"GIF89a", "image/gif", true),
            ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", true),
            ("a.webp", b"RIFF\0\0\0\0WAVE", "application/octet-stream", false),
            ("a.avif", b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf", "image/avif", true),
            ("a.avif", b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif....", "image/avif", true),
            ("a.avif", b"\0\0\0\x14ftypmif1\0\0\0\0mif1avif", "application/octet-stream", false),
            ("a.mp3", b"ID3\x04", "audio/mpeg", true),
            ("a.mp3", b"\xff\xfb\x90", "audio/mpeg", true),
            ("a.wav", b"RIFF\0\0\0\0WAVEfmt ", "audio/wav", true),
            ("a.mp4", b"\0\0\0\x18ftypisom", "video/mp4", true),
            ("a.webm", b"\x1a\x45\xdf\xa3", "video/webm", true),
            ("a.pdf", b"\n%PDF-1.7", "application/pdf", true),
            ("a.txt", "Größe".as_bytes(), "text/plain; charset=utf-8", true),
            ("a.txt", b"", "text/plain; charset=utf-8", true),
            ("a.txt", b"\xff", "application/octet-stream", false),
            ("a.txt", b"a\0b", "application/octet-stream", false),
            ("a.svg", b"<svg onload=alert(1)>", "image/svg+xml", false),
            ("a.html", b"<script>", "text/html", false),
            ("X.MD", b"# x", "text/markdown", false),
            ("a.zip", b"PK\x03\x04", "application/zip", false),
            ("a.exe", b"MZ", "application/octet-stream", false),
            ("png", b"\x89PNG\r\n\x1a\n", "application/octet-stream", false),
            ("a.png.", b"\x89PNG\r\n\x1a\n", "application/octet-stream", false),
        ] {
            let found = ContentType::of(name, content);
            assert_eq!((found.essence, found.is_shown), (essence, is_shown), "{name} {content:?}");
        }
    }

    #[test]
    fn nothing_that_a_browser_runs_is_shown() {
        for name in ["a.html", "a.htm", "a.svg", "a.xml", "a.xhtml", "a.js", "a.mjs", "a.css", "a.swf", "a"] {
            assert!(!ContentType::of_name(name).is_shown, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_panic(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40),
            extension in "png|avif|mp3|aac|pdf|mov|webp|txt|x",
        ) {
            let _ = ContentType::of(&format!("a.{extension}"), &bytes);
            let mut boxed = b"\0\0\0\x18ftyp".to_vec();
            boxed.extend(bytes);
            let _ = ContentType::of("a.avif", &boxed);
        }
    }
}
