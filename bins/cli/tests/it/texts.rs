//! Help texts, as people read them.

use expect_test::expect;

use crate::support::portolan;

#[test]
fn help() {
    expect![[r""]].assert_eq(&portolan(&[], &["--help"], b"").ok());
}

#[test]
fn help_of_a_command() {
    expect![[r""]].assert_eq(&portolan(&[], &["page", "put", "--help"], b"").ok());
    expect![[r""]].assert_eq(&portolan(&[], &["wiki", "import", "--help"], b"").ok());
}

#[test]
fn what_is_no_command() {
    expect![[r""]].assert_eq(&portolan(&[], &["pgae", "list"], b"").fails(2));
    expect![[r""]].assert_eq(&portolan(&[], &["page", "put"], b"").fails(2));
    expect![[r""]].assert_eq(&portolan(&[], &["page", "put", "x", "--base", "y", "--create"], b"").fails(2));
}

/// Whoever adds a secret as a flag finds this: other users of the machine can read command lines.
#[test]
fn no_flag_takes_a_token() {
    for command in ["", "page", "token", "init", "tenant"] {
        let help = portolan(
            &[],
            &[command, "--help"].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>(),
            b"",
        );
        assert!(!help.ok().contains("--token"));
    }
}
