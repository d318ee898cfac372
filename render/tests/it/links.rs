//! Where links lead.

use expect_test::{Expect, expect};

use portolan_render::{RenderOptions, render};

use crate::support::{ADDRESSES, html, names};

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&html(text));
}

#[test]
fn wiki_links() {
    check(
        "[[Home]] [[Text|Home]] [[Home|Text]] [[End]] [[Note]] [[Nowhere#A b]] [[Home#Über uns!|t]] [[#Here now]]\n",
        &expect![[r##"
            <p><a href="/w/pages/Home">Home</a> <a href="/w/pages/Home">Text</a> <a href="/w/pages/Home">Text</a> <a href="/w/pages/Guides/Deep/End">End</a> <a href="/w/pages/Note" class="broken">Note</a> <a href="/w/pages/Nowhere#a-b" class="broken">Nowhere#A b</a> <a href="/w/pages/Home#%C3%BCber-uns">t</a> <a href="#here-now">#Here now</a></p>
        "##]],
    );
    check(
        "[[x y/ü]] [[a.md.md]] [[doc.pdf]] [[../x]] [[a:b]] [[https://x.y]] [[a\nb]] [[<b>\"|'&]] [[Home#^block]]\n",
        &expect![[r#"
            <p><a href="/w/pages/x%20y/%C3%BC">x y/ü</a> <a href="/w/pages/a.md.md">a.md.md</a> <a href="/w/files/doc.pdf">doc.pdf</a> <a href="/w/pages/x" class="broken">../x</a> <a class="broken">a:b</a> <a href="https://x.y" rel="nofollow noopener noreferrer">https://x.y</a> [[a
            b]] <a href="/w/pages/%27%26" class="broken">&lt;b&gt;"</a> <a href="/w/pages/Home#%5Eblock">Home#^block</a></p>
        "#]],
    );
    check(
        "![[logo.png]] ![[logo.png|300]] ![[logo.png|30x20]] ![[none.png]] ![[Home]] ![[doc.pdf]]\n",
        &expect![[r#"
            <p><img src="/w/files/img/logo.png" alt="logo.png"> <img src="/w/files/img/logo.png" alt="logo.png" width="300"> <img src="/w/files/img/logo.png" alt="logo.png" width="30" height="20"> <a href="/w/files/none.png" class="broken">none.png</a> <a href="/w/pages/Home">Home</a> <a href="/w/files/doc.pdf">doc.pdf</a></p>
        "#]],
    );
    check(
        "| a |\n|---|\n| [[Home\\|Text]] |\n",
        &expect![[r#"
        <table>
        <thead>
        <tr>
        <th>a</th>
        </tr>
        </thead>
        <tbody>
        <tr>
        <td><a href="/w/pages/Home">Text</a></td>
        </tr>
        </tbody>
        </table>
    "#]],
    );
}

#[test]
fn citations_are_markdown_links() {
    check(
        "[[1]](https://x.y/a_b_c) rest [[2]](https://x.y \"t*i*tle\"), *[[3]](/Home#x)* [[Home]](s)\n",
        &expect![[r#"
            <p><a href="https://x.y/a_b_c" rel="nofollow noopener noreferrer">[1]</a> rest <a href="https://x.y" rel="nofollow noopener noreferrer">[2]</a>, <em><a href="/w/pages/Home#x">[3]</a></em> <a href="/w/pages/Home">Home</a>(s)</p>
        "#]],
    );
}

#[test]
fn markdown_links() {
    check(
        "[a](Deep/End.md) [b](../Home) [c](/Home#Sec-Tion) [d](None.md) [e](#frag) [f](?q) [g]() [h](../../up) [i](<x y>)\n",
        &expect![[r##"
            <p><a href="/w/pages/Guides/Deep/End">a</a> <a href="/w/pages/Home">b</a> <a href="/w/pages/Home#Sec-Tion">c</a> <a href="/w/pages/Guides/None" class="broken">d</a> <a href="#frag">e</a> <a href="">f</a> <a href="">g</a> <a class="broken">h</a> <a href="/w/pages/Guides/x%20y" class="broken">i</a></p>
        "##]],
    );
    check(
        "[r] [r][] [t][r] [m](mailto:a@b.c) [p](//x.y) [u](HTTPS://X.Y/é\"z) ![i](../img/logo.png \"T\\\"\") ![s](pic.svg) ![x](https://x.y/i) ![b](none.png) [![o](pic.svg)](../Home)\n\n[r]: ../Home \"Title\"\n",
        &expect![[r#"
            <p><a href="/w/pages/Home" title="Title">r</a> <a href="/w/pages/Home" title="Title">r</a> <a href="/w/pages/Home" title="Title">t</a> <a href="mailto:a@b.c" rel="nofollow noopener noreferrer">m</a> <a href="//x.y" rel="nofollow noopener noreferrer">p</a> <a href="HTTPS://X.Y/%C3%A9%22z" rel="nofollow noopener noreferrer">u</a> <img src="/w/files/img/logo.png" alt="i" title="T&quot;"> <img src="/w/files/Guides/pic.svg" alt="s"> <img src="https://x.y/i" alt="x"> <a href="/w/files/Guides/none.png" class="broken">b</a> <a href="/w/pages/Home"><img src="/w/files/Guides/pic.svg" alt="o"></a></p>
        "#]],
    );
}

#[test]
fn ids_take_a_prefix() {
    let options = RenderOptions { id_prefix: "user-content-", ..RenderOptions::new(ADDRESSES) };
    let html = render("# A\n\n[a](#a) [[#A]] [[Home#B c]] x[^1]\n\n[^1]: n\n", "x", &names(), &options);
    expect![[r##"
        <h1 id="user-content-a">A</h1>
        <p><a href="#user-content-a">a</a> <a href="#user-content-a">#A</a> <a href="/w/pages/Home#user-content-b-c">Home#B c</a> x<sup class="footnote-ref"><a href="#user-content-fn-1" id="user-content-fnref-1">1</a></sup></p>
        <section class="footnotes">
        <ol>
        <li id="user-content-fn-1"><p>n <a href="#user-content-fnref-1" class="footnote-backref">↩</a></p></li>
        </ol>
        </section>
    "##]].assert_eq(&html);
}
