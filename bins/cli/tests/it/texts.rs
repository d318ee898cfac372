//! Help texts, as people read them.

use expect_test::expect;

use crate::support::portolan;

#[test]
fn help() {
    expect![[r"
        Read, write and administer Portolan: on a server, or in a local data folder

        Usage: portolan [OPTIONS] <COMMAND>

        Commands:
          init         Make a data folder with its first operator, and print his token
          whoami       Show who the token says you are
          health       Ask whether the server is alive
          tenant       Make, list, change and suspend tenants (for operators)
          invite       Invite people into the tenant
          member       List and manage the members of the tenant
          token        Make, list and revoke tokens
          audit        Read, verify and export the tenant's audit
          wiki         Make, list, import and export wikis
          page         Read and write pages of a wiki
          search       Find pages by their text
          file         List, read and attach files that are no pages
          completions  Print a script that completes commands in a shell
          man          Write the manual's pages
          backup       Copy a data folder, also while a server has it
          restore      Bring a backup back into a new data folder, and check everything in it
          reindex      Make the indexes of a data folder's wikis anew
          doctor       Check everything in a data folder, and name what is damaged
          help         Print this message or the help of the given subcommand(s)

        Options:
          -h, --help     Print help
          -V, --version  Print version

        Global options:
              --url <ADDRESS>    Address of the server [env: PORTOLAN_URL] [default: http://127.0.0.1:7420]
              --data <FOLDER>    Work on this data folder, without a server
              --tenant <TENANT>  The tenant; without it, the one the token belongs to [env: PORTOLAN_TENANT]
              --wiki <WIKI>      The wiki [env: PORTOLAN_WIKI]
              --json             Print the server's JSON; a refusal is printed as JSON too, to standard
                                 error
          -q, --quiet            No remarks and no progress, only results and errors

        Examples:
          portolan init --data ./data
          portolan --data ./data tenant create acme --name Acme --owner-email ada@acme.example
          export PORTOLAN_URL=https://wiki.acme.example PORTOLAN_TOKEN=… PORTOLAN_WIKI=notes
          portolan wiki import ./old-wiki
          portolan page show Home
          portolan page put Home --file Home.md --base 3b18e512dba79e4c8300dd08aeb37f8e728b8dad
          portolan --json page list | jq -r '.items[].path'

        The token comes from PORTOLAN_TOKEN and from nowhere else. With --data and without a token, commands
        act as an owner of the tenant, or as the platform's operator where they are about tenants: whoever
        holds the folder holds everything in it.

        Exit codes:
          0  done
          1  failed, for a reason that is none of the others
          2  what was given breaks a rule (400, 413, 415, 422)
          3  not found, or not visible to you (404)
          4  conflict: it changed meanwhile, is taken, or is not empty (409, 412, 428)
          5  not allowed: the token is missing, bad or too weak (401, 403)
          6  out of reach or out of service; try again later (429, 503)
    "]]
    .assert_eq(&portolan(&[], &["--help"], b"").ok());
}

#[test]
fn help_of_a_command() {
    expect![[r"
        Create or change a page

        Usage: portolan page put [OPTIONS] <PATH>

        Arguments:
          <PATH>  Its path, such as Guides/Start

        Options:
          -f, --file <FILE>        The text; without it or with `-`, read from standard input
          -m, --message <MESSAGE>  The commit's message
              --base <VERSION>     The version that your change was made on
              --merge              Bring your change together with what others wrote since the base
              --create             Only if there is no such page
          -h, --help               Print help

        Global options:
              --url <ADDRESS>    Address of the server [env: PORTOLAN_URL] [default: http://127.0.0.1:7420]
              --data <FOLDER>    Work on this data folder, without a server
              --tenant <TENANT>  The tenant; without it, the one the token belongs to [env: PORTOLAN_TENANT]
              --wiki <WIKI>      The wiki [env: PORTOLAN_WIKI]
              --json             Print the server's JSON; a refusal is printed as JSON too, to standard
                                 error
          -q, --quiet            No remarks and no progress, only results and errors

        A page that exists is changed with --base, the version your change was made on; where somebody else
        was faster, nothing is changed and you are told. Without --base a page is only created.

        Examples:
          echo '# Ideas' | portolan page put Ideas
          base=$(portolan --json page show Ideas | jq -r .version)
          portolan page put Ideas --file Ideas.md --base $base --message 'Add a second one'
    "]]
    .assert_eq(&portolan(&[], &["page", "put", "--help"], b"").ok());
    expect![[r"
        Take over a git history, or a folder of files, into an empty wiki

        Usage: portolan wiki import [OPTIONS] <SOURCE>

        Arguments:
          <SOURCE>  A git repository, a bundle, or a plain folder of files

        Options:
              --branch <BRANCH>  The branch to take; without it, the one HEAD names
          -h, --help             Print help

        Global options:
              --url <ADDRESS>    Address of the server [env: PORTOLAN_URL] [default: http://127.0.0.1:7420]
              --data <FOLDER>    Work on this data folder, without a server
              --tenant <TENANT>  The tenant; without it, the one the token belongs to [env: PORTOLAN_TENANT]
              --wiki <WIKI>      The wiki [env: PORTOLAN_WIKI]
              --json             Print the server's JSON; a refusal is printed as JSON too, to standard
                                 error
          -q, --quiet            No remarks and no progress, only results and errors

        A git history is taken over whole: its commits keep their ids. What is no page (other files, names
        that are no page names, symlinks, submodules, executable bits) is kept and listed. Uncommitted
        changes of a repository are not imported.

        Examples:
          portolan wiki import https-cloned-wiki.git --wiki notes
          portolan wiki import ./docs --branch main --wiki docs
          portolan wiki import ~/Documents/notes --wiki notes      # a plain folder becomes one commit
    "]]
    .assert_eq(&portolan(&[], &["wiki", "import", "--help"], b"").ok());
}

#[test]
fn what_is_no_command() {
    expect![[r"
        error: unrecognized subcommand 'pgae'

          tip: a similar subcommand exists: 'page'

        Usage: portolan [OPTIONS] <COMMAND>

        For more information, try '--help'.
    "]]
    .assert_eq(&portolan(&[], &["pgae", "list"], b"").fails(2));
    expect![[r"
        error: the following required arguments were not provided:
          <PATH>

        Usage: portolan page put <PATH>

        For more information, try '--help'.
    "]]
    .assert_eq(&portolan(&[], &["page", "put"], b"").fails(2));
    expect![[r"
        error: the argument '--base <VERSION>' cannot be used with '--create'

        Usage: portolan page put --base <VERSION> <PATH>

        For more information, try '--help'.
    "]]
    .assert_eq(&portolan(&[], &["page", "put", "x", "--base", "y", "--create"], b"").fails(2));
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
