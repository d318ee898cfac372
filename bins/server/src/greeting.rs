//! What the server tells whoever started it.

use std::io::{IsTerminal, Write};
use std::path::Path;

use portolan::Setup;
use secrecy::ExposeSecret;

/// Writes a line to standard error.
pub(crate) fn tell(line: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Tells what to try next. Secrets go to a terminal alone: elsewhere they would end in a log.
pub(crate) fn greet(url: &str, setup: Option<&Setup>, ready_file: Option<&Path>) {
    let mut out = std::io::stdout();
    let text = match setup {
        None => format!("Portolan is ready at {url}\n"),
        Some(setup) => demo(url, setup, out.is_terminal(), ready_file),
    };
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn demo(url: &str, setup: &Setup, terminal: bool, ready_file: Option<&Path>) -> String {
    let Setup { tenant, wiki, owner_token, operator_token, .. } = setup;
    let tokens = if terminal {
        format!(
            "Your tokens, shown now and never again (the next start makes new ones):\n\n    \
             owner of {tenant}      {}\n    operator         {}\n\n\
             Try it:\n\n    export TOKEN={}\n",
            owner_token.expose_secret(),
            operator_token.expose_secret(),
            owner_token.expose_secret(),
        )
    } else {
        match ready_file {
            Some(file) => format!(
                "Your tokens are in {}. Try it:\n\n    export TOKEN=$(sed 's/.*\"owner_token\":\"\\([^\"]*\\)\".*/\\1/' {})\n",
                file.display(),
                file.display(),
            ),
            None => "Tokens are shown on a terminal alone. Start again with --ready-file FILE to get them in a file.\n\n    \
                     export TOKEN=…\n"
                .into(),
        }
    };
    format!(
        "\nPortolan is ready at {url}\n\n{tokens}    \
         wiki={url}/v1/tenants/{tenant}/wikis/{wiki}\n\n    \
         # write a page, read it, and see who wrote it\n    \
         curl -sX PUT \"$wiki/pages/Ideas\" -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '{{\"content\":\"# Ideas\\n\\nA first one.\\n\"}}'\n    \
         curl -s \"$wiki/pages/Ideas\" -H \"Authorization: Bearer $TOKEN\" -H 'Accept: text/markdown'\n    \
         curl -s \"$wiki/history/Ideas\" -H \"Authorization: Bearer $TOKEN\"\n\n    \
         # change it: If-Match names the version that your change was made on\n    \
         version=$(curl -sI \"$wiki/pages/Ideas\" -H \"Authorization: Bearer $TOKEN\" | tr -d '\\r' | sed -n 's/^etag: //Ip')\n    \
         curl -sX PUT \"$wiki/pages/Ideas\" -H \"Authorization: Bearer $TOKEN\" -H \"If-Match: $version\" -H 'Content-Type: application/json' -d '{{\"content\":\"# Ideas\\n\\nA better one.\\n\"}}'\n\n    \
         # everything there is\n    \
         curl -s \"$wiki/pages\" -H \"Authorization: Bearer $TOKEN\"\n\n\
         Stop it with Ctrl-C. What you wrote stays.\n\n"
    )
}
