//! Parts of a page.

use expect_test::{Expect, expect};

use portolan_core::markdown::{LineRange, Outline};
use portolan_render::{RenderOptions, render};

use crate::support::{ADDRESSES, names};

const PAGE: &str = "---\nt: 1\n---\n# A\n\nintro [r]\n\n## B\n\none[^n]\n\n```rust\nlet a;\nlet b;\n```\n\n- x\n- y\n\n## B\n\ntwo\n\n[r]: ../Home\n[^n]: note\n";

fn part(range: std::ops::Range<usize>) -> String {
    let options = RenderOptions { part: Some(range), ..RenderOptions::new(ADDRESSES) };
    render(PAGE, "Guides/Start", &names(), &options)
}

fn section(path: &str, expected: &Expect) {
    let outline = Outline::of(PAGE);
    let section = &outline.sections[outline.resolve(path).unwrap()];
    expected.assert_eq(&part(section.heading.start..section.end));
}

fn lines(range: &str, expected: &Expect) {
    let cut = range.parse::<LineRange>().unwrap().cut(PAGE);
    let start = cut.content.as_ptr() as usize - PAGE.as_ptr() as usize;
    expected.assert_eq(&part(start..start + cut.content.len()));
}

#[test]
fn a_section_is_what_it_is_in_the_page() {
    section(
        "A > B[1]",
        &expect![[r##"
        <h2 id="b">B</h2>
        <p>one<sup class="footnote-ref"><a href="#fn-1" id="fnref-1">1</a></sup></p>
        <pre><code class="language-rust"><span class="hl-keyword">let</span> a;
        <span class="hl-keyword">let</span> b;
        </code></pre>
        <ul>
        <li>x</li>
        <li>y</li>
        </ul>
        <section class="footnotes">
        <ol>
        <li id="fn-1"><p>note <a href="#fnref-1" class="footnote-backref">↩</a></p></li>
        </ol>
        </section>
    "##]],
    );
    section(
        "A > B[2]",
        &expect![[r#"
        <h2 id="b-1">B</h2>
        <p>two</p>
    "#]],
    );
}

#[test]
fn lines_are_what_they_are_in_the_page() {
    lines(
        "6-6",
        &expect![[r#"
        <p>intro <a href="/w/pages/Home">r</a></p>
    "#]],
    );
    lines(
        "14-18",
        &expect![[r#"
        <pre><code class="language-rust"></code></pre>
        <ul>
        <li>x</li>
        <li>y</li>
        </ul>
    "#]],
    );
    lines("1-3", &expect![""]);
    expect![""].assert_eq(&part(PAGE.len()..PAGE.len()));
}
