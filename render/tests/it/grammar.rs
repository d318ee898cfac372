//! What GitHub's Markdown looks like.

use expect_test::{Expect, expect};

use crate::support::html;

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&html(text));
}

#[test]
fn blocks() {
    check(
        "---\ntitle: not shown\n---\n# One *two*\n\nText\\\nmore  \nand\nlast\n\n> quote\n\n---\n\n1. a\n2. b\n   - c\n\n7) d\n",
        &expect![[r#"
            <h1 id="one-two">One <em>two</em></h1>
            <p>Text<br>
            more<br>
            and
            last</p>
            <blockquote>
            <p>quote</p>
            </blockquote>
            <hr>
            <ol>
            <li>a</li>
            <li>b<ul>
            <li>c</li>
            </ul>
            </li>
            </ol>
            <ol start="7">
            <li>d</li>
            </ol>
        "#]],
    );
    check(
        "# A\n\n## A\n\n### `code` & Ünï [[Home|x]]\n\nSetext\n======\n",
        &expect![[r#"
        <h1 id="a">A</h1>
        <h2 id="a-1">A</h2>
        <h3 id="code--ünï-x"><code>code</code> &amp; Ünï <a href="/w/pages/Home">x</a></h3>
        <h1 id="setext">Setext</h1>
    "#]],
    );
    check(
        "- [ ] open\n- [x] done\n- none\n\n~~gone~~ **bold** _it_ `a<b`\n",
        &expect![[r#"
        <ul>
        <li class="task-list-item"><input type="checkbox" disabled=""> open</li>
        <li class="task-list-item"><input type="checkbox" disabled="" checked=""> done</li>
        <li>none</li>
        </ul>
        <p><del>gone</del> <strong>bold</strong> <em>it</em> <code>a&lt;b</code></p>
    "#]],
    );
    check(
        "| a | b | c |\n|:--|:-:|--:|\n| 1 | `2\\|3` |\n",
        &expect![[r#"
        <table>
        <thead>
        <tr>
        <th align="left">a</th>
        <th align="center">b</th>
        <th align="right">c</th>
        </tr>
        </thead>
        <tbody>
        <tr>
        <td align="left">1</td>
        <td align="center"><code>2|3</code></td>
        <td align="right"></td>
        </tr>
        </tbody>
        </table>
    "#]],
    );
    check(
        "> [!WARNING]\n> Take *care*.\n\n> [!note]\n> x\n\n> [!OTHER]\n> y\n",
        &expect![[r#"
        <div class="markdown-alert markdown-alert-warning">
        <p class="markdown-alert-title">Warning</p>
        <p>Take <em>care</em>.</p>
        </div>
        <div class="markdown-alert markdown-alert-note">
        <p class="markdown-alert-title">Note</p>
        <p>x</p>
        </div>
        <blockquote>
        <p>[!OTHER]
        y</p>
        </blockquote>
    "#]],
    );
}

#[test]
fn footnotes() {
    check(
        "One[^a], two[^b c], again[^a].\n\n[^a]: First.\n\n    Second paragraph with `code`.\n[^b c]: - list\n[^unused]: never\n[^a]: later\n\nNo[^such].\n",
        &expect![[r##"
            <p>One<sup class="footnote-ref"><a href="#fn-1" id="fnref-1">1</a></sup>, two<sup class="footnote-ref"><a href="#fn-2" id="fnref-2">2</a></sup>, again<sup class="footnote-ref"><a href="#fn-1" id="fnref-1-2">1</a></sup>.</p>
            <p>No[^such].</p>
            <section class="footnotes">
            <ol>
            <li id="fn-1"><p>First.</p>
            <p>Second paragraph with <code>code</code>. <a href="#fnref-1" class="footnote-backref">↩</a> <a href="#fnref-1-2" class="footnote-backref">↩</a></p></li>
            <li id="fn-2"><ul>
            <li>list</li>
            </ul> <a href="#fnref-2" class="footnote-backref">↩</a></li>
            </ol>
            </section>
        "##]],
    );
}

#[test]
fn code() {
    check(
        "```rust\nfn main() {} // <b>\n```\n\n```\nplain <b>\n```\n\n    indented & \"quoted\"\n",
        &expect![[r#"
            <pre><code class="language-rust"><span class="hl-keyword">fn </span><span class="hl-function">main</span>() {} <span class="hl-comment">// &lt;b&gt;
            </span></code></pre>
            <pre><code>plain &lt;b&gt;
            </code></pre>
            <pre><code>indented &amp; "quoted"
            </code></pre>
        "#]],
    );
    check(
        "```no-such language\nx\n```\n\n```\"onload=alert(1)\nx\n```\n~~~C++\nint x;\n",
        &expect![[r#"
        <pre><code class="language-no-such">x
        </code></pre>
        <pre><code>x
        </code></pre>
        <pre><code class="language-c++"><span class="hl-keyword">int</span> x;
        </code></pre>
    "#]],
    );
}

#[test]
fn bare_addresses() {
    check(
        "https://x.org/a_b_c?d=1&e=2. (www.example.org) me@example.org `https://x.org` [https://x.org](Home) <https://a.b> <a@b.c>\n",
        &expect![[r#"
            <p><a href="https://x.org/a_b_c?d=1&amp;e=2" rel="nofollow noopener noreferrer">https://x.org/a_b_c?d=1&amp;e=2</a>. (<a href="http://www.example.org" rel="nofollow noopener noreferrer">www.example.org</a>) <a href="mailto:me@example.org" rel="nofollow noopener noreferrer">me@example.org</a> <code>https://x.org</code> <a href="/w/pages/Guides/Home" class="broken">https://x.org</a> <a href="https://a.b" rel="nofollow noopener noreferrer">https://a.b</a> <a href="mailto:a@b.c" rel="nofollow noopener noreferrer">a@b.c</a></p>
        "#]],
    );
}

#[test]
fn html_that_may_stay() {
    check(
        "<details open>\n<summary>More</summary>\n\n*text*\n\n</details>\n\nH<sub>2</sub>O<br/><kbd class=\"x\" id=y style=\"z\">Ctrl</kbd>\n",
        &expect![[r#"
            <details open="">
            <summary>More</summary>
            <p><em>text</em></p>
            </details>
            <p>H<sub>2</sub>O<br><kbd>Ctrl</kbd></p>
        "#]],
    );
    check(
        "<p align=\"center\"><img src=\"../img/logo.png\" width=\"200\" height=99999 onload=x alt='Logo'></p>\n\n<table><tr><td colspan=2>a<td>b</table>\n",
        &expect![[r#"
            <p align="center"><img src="/w/files/img/logo.png" width="200" alt="Logo"></p>
            <table><tbody><tr><td colspan="2">a</td><td>b</td></tr></tbody></table>
        "#]],
    );
    check(
        "a <div>b</div> </p> <b>c\n\n<ul><li>x<li>y\n\n- z\n\n<a href=\"Deep/End.md#X y\" target=_blank>l</a>\n",
        &expect![[r#"
            <p>a b  <b>c</b></p>
            <ul><li>x</li><li>y
            <ul>
            <li>z</li>
            </ul>
            <p><a href="/w/pages/Guides/Deep/End#X%20y">l</a></p>
            </li></ul>"#]],
    );
}
