//! Pages as HTML that does no harm.
//!
//! The grammar is that of [`portolan_core::markdown`], so that headings and links are judged here exactly as the outline
//! and the index of links judge them: `CommonMark` with GitHub's tables, footnotes, task lists, strikethrough, alerts and
//! bare addresses, and WikiLinks. What is written here is well formed by construction, raw HTML included, and goes
//! through [ammonia] as the last step all the same, with a list of what may stay.
//!
//! Pure, and bounded: time and memory grow with the text, whatever it holds. Nesting ends at a depth, code is highlighted
//! up to a length, and the addresses of links take up to 8 MiB; what is beyond is shown without.

mod address;
mod autolink;
mod escape;
mod footnotes;
mod highlight;
mod options;
mod raw;
mod sanitise;
mod slug;
mod tree;
mod writer;

pub use options::{Addresses, RenderOptions};
pub use sanitise::sanitise;
pub use slug::slug;

use portolan_core::markdown::Names;

/// Texts longer than this, bytes, are shown as they are: no page that can be written is as long.
pub const MOST_TEXT: usize = 8 << 20;

/// The page `text`, which stands at `path`, as the inside of an HTML body. `names` says what its links lead to.
pub fn render(text: &str, path: &str, names: &dyn Names, options: &RenderOptions<'_>) -> String {
    if text.len() > MOST_TEXT {
        let part = options.part.clone().and_then(|part| text.get(part)).unwrap_or(text);
        let mut html = String::with_capacity(part.len() + part.len() / 8);
        html.push_str("<pre><code>");
        escape::text(&mut html, part);
        html.push_str("</code></pre>\n");
        return html;
    }
    sanitise(&writer::write(text, path, names, options))
}
