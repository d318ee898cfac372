//! Where links lead.

use std::cell::Cell;

use portolan_core::markdown::{Link, LinkKind, NameKind, Names, Resolved, Syntax, Target, Written, resolve};
use portolan_core::wiki::path::{FilePath, PagePath};

use crate::escape;
use crate::options::RenderOptions;
use crate::slug::slug;

/// Schemes of addresses outside that may be followed.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// What links to outside say of themselves.
pub(crate) const REL: &str = "nofollow noopener noreferrer";

/// Most bytes of addresses on a page: a link of a few bytes may have one of thousands, as it is relative to its page.
const MOST_BYTES: usize = 8 << 20;

/// Endings of files that a browser shows as images.
const IMAGES: [&str; 9] = ["avif", "bmp", "gif", "ico", "jpeg", "jpg", "png", "svg", "webp"];

/// Where a link leads.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    /// The URL, percent-encoded; none where it may not be followed.
    pub(crate) url: Option<String>,
    /// Whether there is nothing in the wiki.
    pub(crate) broken: bool,
    /// Whether it is outside the wiki.
    pub(crate) external: bool,
    /// Whether it may be an image.
    pub(crate) image: bool,
}

/// What addresses are found with.
pub(crate) struct Addressing<'a> {
    path: &'a str,
    names: &'a dyn Names,
    options: &'a RenderOptions<'a>,
    left: Cell<usize>,
}

impl<'a> Addressing<'a> {
    pub(crate) fn new(path: &'a str, names: &'a dyn Names, options: &'a RenderOptions<'a>) -> Self {
        Self { path, names, options, left: Cell::new(MOST_BYTES) }
    }

    /// What `link` points to, and where that is; nowhere once the addresses of the page are too many.
    pub(crate) fn look_up(&self, link: &Link) -> (Resolved, Address) {
        if self.left.get() == 0 {
            return (Resolved::Here, Address::default());
        }
        let resolved = resolve(link, self.path, self.names);
        let address = match &resolved {
            Resolved::External => external(&link.target.target, link.kind == LinkKind::Image),
            Resolved::Here => self.here(&link.target.target, link.syntax),
            Resolved::To(target) => self.inside(target, link),
        };
        // What it took to find out counts, too.
        let bytes = if let Resolved::To(target) = &resolved { target.path.len() } else { 0 };
        let address = self.spend(address, bytes);
        (resolved, address)
    }

    /// Where `link` leads.
    pub(crate) fn address(&self, link: &Link) -> Address {
        self.look_up(link).1
    }

    /// Where an address written as such leads.
    pub(crate) fn outside(&self, url: &str) -> Address {
        self.spend(external(url, false), 0)
    }

    /// The start tag of a link; none where it leads nowhere.
    pub(crate) fn anchor(address: &Address, title: &str) -> Option<String> {
        let mut tag = String::from("<a");
        match &address.url {
            Some(url) => escape::attribute(&mut tag, "href", url),
            None if !address.broken => return None,
            None => {}
        }
        if address.broken {
            tag.push_str(" class=\"broken\"");
        }
        if address.external {
            escape::attribute(&mut tag, "rel", REL);
        }
        if !title.is_empty() {
            escape::attribute(&mut tag, "title", title);
        }
        tag.push('>');
        Some(tag)
    }

    /// Appends what the `href` of an anchor that was written as HTML becomes.
    pub(crate) fn raw_href(&self, tag: &mut String, value: &str) {
        let link = written_as_html(value, LinkKind::Markdown);
        let address = self.address(&link);
        let Some(url) = address.url else { return };
        escape::attribute(tag, "href", &url);
        if address.broken {
            tag.push_str(" class=\"broken\"");
        }
        if address.external {
            escape::attribute(tag, "rel", REL);
        }
    }

    /// Appends what the `src` of an image that was written as HTML becomes.
    pub(crate) fn raw_src(&self, tag: &mut String, value: &str) {
        let link = written_as_html(value, LinkKind::Image);
        let address = self.address(&link);
        if let Some(url) = address.url.filter(|_| address.image) {
            escape::attribute(tag, "src", &url);
        }
    }

    fn here(&self, target: &str, syntax: Syntax) -> Address {
        let mut url = String::new();
        if let Some((_, anchor)) = target.split_once('#') {
            self.fragment(&mut url, anchor, syntax);
        }
        Address { url: Some(url), ..Address::default() }
    }

    fn inside(&self, target: &Target, link: &Link) -> Address {
        let (base, path) = match target.kind {
            Some(NameKind::File) => (self.options.addresses.files, file(&target.path)),
            None if link.kind == LinkKind::Image => (self.options.addresses.files, file(&target.path)),
            Some(NameKind::Page) | None => (self.options.addresses.pages, page(&target.path)),
        };
        let url = path.map(|path| {
            let mut url = format!("{base}{path}");
            if let Some(anchor) = &target.anchor {
                self.fragment(&mut url, anchor, link.syntax);
            }
            url
        });
        let image = target.kind == Some(NameKind::File) && is_image(&target.path);
        Address { url, broken: target.kind.is_none(), external: false, image }
    }

    /// Appends a fragment: as it is written, or of a WikiLink, which names a heading by its text, that heading's id.
    fn fragment(&self, url: &mut String, anchor: &str, syntax: Syntax) {
        let last = anchor.rsplit('#').next().unwrap_or_default();
        url.push('#');
        if syntax == Syntax::Wiki && !last.starts_with('^') {
            let id = slug(last);
            if !id.is_empty() {
                url.push_str(self.options.id_prefix);
                escape::url(url, &id);
            }
        } else if !anchor.is_empty() {
            url.push_str(self.options.id_prefix);
            escape::url(url, anchor);
        }
    }

    /// Takes the address's bytes from those that are left.
    fn spend(&self, address: Address, least: usize) -> Address {
        let bytes = address.url.as_ref().map_or(0, String::len).max(least);
        let left = self.left.get().saturating_sub(bytes);
        self.left.set(left);
        if left > 0 { address } else { Address { url: None, image: false, ..address } }
    }
}

/// The link that an address in HTML is. Browsers pass over blanks around it, and over line ends and tabs in it.
fn written_as_html(value: &str, kind: LinkKind) -> Link {
    let blank = |character: char| character <= ' ' || character.is_control();
    let target = value.trim_matches(blank).replace(['\t', '\n', '\r'], "");
    let target = Written { bytes: None, target, bracketed: false };
    Link { kind, syntax: Syntax::Markdown, line: 1, span: 0..0, text: String::new(), target, left: None }
}

/// An address outside, which may be followed only with a scheme that does no harm.
fn external(target: &str, image: bool) -> Address {
    let target = target.trim_matches(|character: char| character <= ' ' || character.is_control());
    let scheme = match target.split_once(':') {
        _ if target.starts_with("//") => "https".to_owned(),
        Some((scheme, _)) => scheme.to_ascii_lowercase(),
        None => String::new(),
    };
    let web = matches!(scheme.as_str(), "http" | "https");
    if !SCHEMES.contains(&scheme.as_str()) || image && !web {
        return Address { external: true, ..Address::default() };
    }
    let mut url = String::with_capacity(target.len());
    escape::url(&mut url, target);
    Address { url: Some(url), broken: false, external: true, image: image && web }
}

/// A page's path in a URL; none where no page can have it. An imported spelling is kept.
fn page(path: &str) -> Option<String> {
    PagePath::from_git(format!("{path}.md").as_bytes()).map(|path| path.to_url())
}

fn file(path: &str) -> Option<String> {
    FilePath::from_git(path.as_bytes()).map(|path| path.to_url())
}

fn is_image(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| IMAGES.contains(&ending.as_str()))
}
