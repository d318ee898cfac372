//! Every setting of the server: its name, meaning and default, in one table.
//!
//! A setting `listen` is given as the flag `--listen`, as `PORTOLAN_LISTEN` in the environment, or as `listen` in the
//! configuration file, in this order of precedence. All faults are found before anything starts, and named at once.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, Command};

use crate::logs::LogFormat;

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the file; the flag has `-` for `_`.
    pub name: &'static str,
    /// What stands for it in help texts; empty for a switch.
    pub value: &'static str,
    /// Its default; empty for none.
    pub default: &'static str,
    /// What it means.
    pub help: &'static str,
}

const fn setting(
    name: &'static str,
    value: &'static str,
    default: &'static str,
    help: &'static str,
) -> Setting {
    Setting { name, value, default, help }
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    setting("data", "FOLDER", "data", "Where everything is kept; made when missing"),
    setting("listen", "ADDRESS", "127.0.0.1:7420", "Address and port to serve on; port 0 takes a free one"),
    setting(
        "metrics_listen",
        "ADDRESS",
        "",
        "Address and port of the Prometheus metrics; without it they are off",
    ),
    setting("demo", "", "false", "Make a demonstration tenant and wiki, and tokens for them"),
    setting(
        "ready_file",
        "FILE",
        "",
        "Where to write address and tokens, as JSON readable by the owner alone, once the server accepts connections",
    ),
    setting("log", "FILTER", "info", "What is logged, such as info or portolan=debug"),
    setting("log_format", "FORMAT", "auto", "text, json, or auto: text on a terminal and else json"),
    setting("page_bytes", "BYTES", "1048576", "Largest page"),
    setting("file_bytes", "BYTES", "10485760", "Largest file that is no page"),
    setting("import_bytes", "BYTES", "2147483648", "Largest bundle that can be imported"),
    setting("import_object_bytes", "BYTES", "268435456", "Largest single object of an import, inflated"),
    setting(
        "import_total_bytes",
        "BYTES",
        "17179869184",
        "Most bytes of all objects of an import together, inflated",
    ),
    setting("import_objects", "NUMBER", "10000000", "Most objects of an import"),
    setting(
        "import_changes",
        "NUMBER",
        "1000000",
        "Most paths that one commit of an import may change; with it grows the memory an import may take",
    ),
    setting("imports", "NUMBER", "2", "Most imports at work at once; more wait for their turn"),
    setting(
        "imports_waiting",
        "NUMBER",
        "16",
        "Most imports that are received or wait for their turn; more are answered 503",
    ),
    setting(
        "exports",
        "NUMBER",
        "4",
        "Most exports made and sent at once; more wait 10 seconds for their turn and are then answered 503",
    ),
    setting(
        "comparisons",
        "NUMBER",
        "4",
        "Most differences and blames computed at once; more wait for their turn, and some seconds later are answered 503",
    ),
    setting("connections", "NUMBER", "1024", "Most connections at once"),
    setting("requests", "NUMBER", "256", "Most requests at work at once; more are answered 503"),
    setting(
        "request_seconds",
        "SECONDS",
        "30",
        "Longest time for a request; an import or export takes as long as it takes",
    ),
    setting("object_cache_bytes", "BYTES", "16777216", "Memory for git objects"),
    setting("batch", "NUMBER", "64", "Most page writes in one batch"),
    setting("compact_after", "NUMBER", "48", "Batches of a wiki between two compactions"),
];

/// Names in the environment that begin alike and are no settings of the server.
const OTHER_VARIABLES: [&str; 7] = ["CONFIG", "TOKEN", "URL", "TENANT", "WIKI", "CORPUS", "REQUIRE"];

/// A fault in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where the value comes from, such as `--listen` or `PORTOLAN_LISTEN`.
    pub from: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.from, self.problem)
    }
}

/// The values found, by setting: where each came from, and its text.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    values: BTreeMap<&'static str, (String, String)>,
    faults: Vec<Fault>,
}

/// The settings in force.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is described in SETTINGS")]
pub struct Settings {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub metrics_listen: Option<SocketAddr>,
    pub demo: bool,
    pub ready_file: Option<PathBuf>,
    pub log: String,
    pub log_format: LogFormat,
    pub page_bytes: u64,
    pub file_bytes: u64,
    pub comparisons: usize,
    pub import_bytes: u64,
    pub import_object_bytes: u64,
    pub import_total_bytes: u64,
    pub import_objects: u32,
    pub import_changes: u64,
    pub imports: usize,
    pub imports_waiting: usize,
    pub exports: usize,
    pub connections: usize,
    pub requests: usize,
    pub request_time: Duration,
    pub object_cache_bytes: u64,
    pub batch: usize,
    pub compact_after: u32,
}

/// The server's command line, made from [`SETTINGS`].
pub fn command_line() -> Command {
    let command = Command::new("portolan-server")
        .about("The multi-tenant home of AI agents' knowledge and work")
        .version(env!("CARGO_PKG_VERSION"))
        .after_help("Every setting can also be given in the environment (--page-bytes is PORTOLAN_PAGE_BYTES) or in the configuration file (page_bytes).")
        .arg(Arg::new("config").long("config").value_name("FILE").help("Configuration file (TOML); also PORTOLAN_CONFIG"));
    SETTINGS.iter().fold(command, |command, setting| {
        let help = match setting.default {
            "" | "false" => setting.help.to_owned(),
            default => format!("{} [default: {default}]", setting.help),
        };
        let arg = Arg::new(setting.name).long(setting.name.replace('_', "-")).help(help);
        command.arg(if setting.value.is_empty() {
            arg.action(ArgAction::SetTrue)
        } else {
            arg.value_name(setting.value)
        })
    })
}

impl Layers {
    /// Collects all layers: the file named by flag or environment, the environment, the command line.
    pub fn collect(line: &clap::ArgMatches, environment: &[(String, String)]) -> Self {
        let mut layers = Self::default();
        let variable = environment.iter().find(|(name, _)| name == "CONFIG").map(|(_, value)| value);
        if let Some(path) = line.get_one::<String>("config").or(variable) {
            match std::fs::read_to_string(path) {
                Ok(text) => layers.file(path, &text),
                Err(error) => layers.fault(path, format!("the configuration file cannot be read: {error}")),
            }
        }
        layers.environment(environment);
        for setting in SETTINGS {
            let from = format!("--{}", setting.name.replace('_', "-"));
            if setting.value.is_empty() {
                if line.get_flag(setting.name) {
                    layers.values.insert(setting.name, (from, "true".into()));
                }
            } else if let Some(value) = line.get_one::<String>(setting.name) {
                layers.values.insert(setting.name, (from, value.clone()));
            }
        }
        layers
    }

    fn file(&mut self, path: &str, text: &str) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => return self.fault(path, format!("not valid TOML: {error}")),
        };
        for (name, value) in table {
            let from = format!("{path}: {name}");
            match (SETTINGS.iter().find(|setting| setting.name == name), value) {
                (None, _) => self.fault(&from, "no such setting".into()),
                (Some(setting), toml::Value::String(text)) => {
                    self.values.insert(setting.name, (from, text));
                }
                (Some(setting), value @ (toml::Value::Integer(_) | toml::Value::Boolean(_))) => {
                    self.values.insert(setting.name, (from, value.to_string()));
                }
                (Some(_), _) => self.fault(&from, "must be a text, a number, true or false".into()),
            }
        }
    }

    fn environment(&mut self, environment: &[(String, String)]) {
        for (name, value) in environment {
            let from = format!("PORTOLAN_{name}");
            if OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            match SETTINGS.iter().find(|setting| setting.name.to_uppercase() == *name) {
                Some(setting) => {
                    self.values.insert(setting.name, (from, value.clone()));
                }
                None => self.fault(&from, "no such setting".into()),
            }
        }
    }

    fn fault(&mut self, from: &str, problem: String) {
        self.faults.push(Fault { from: from.into(), problem });
    }

    /// The settings in force, or every fault there is.
    pub fn resolve(mut self) -> Result<Settings, Vec<Fault>> {
        let settings = Settings {
            data: self.take("data", |text| Ok(PathBuf::from(text))),
            listen: self.take("listen", address),
            metrics_listen: self.optional("metrics_listen", address),
            demo: self.take("demo", |text| text.parse().map_err(|_| "true or false".into())),
            ready_file: self.optional("ready_file", |text| Ok(PathBuf::from(text))),
            log: self.take("log", crate::logs::check_filter),
            log_format: self.take("log_format", str::parse),
            page_bytes: self.take("page_bytes", |text| number(text, 1, 64 << 20)),
            file_bytes: self.take("file_bytes", |text| number(text, 1, 256 << 20)),
            comparisons: self.take("comparisons", |text| count(text, 1000)),
            import_bytes: self.take("import_bytes", |text| number(text, 1, 1 << 40)),
            import_object_bytes: self.take("import_object_bytes", |text| number(text, 1, 1 << 32)),
            import_total_bytes: self.take("import_total_bytes", |text| number(text, 1, 1 << 50)),
            import_objects: self.take("import_objects", |text| {
                number(text, 1, u32::MAX.into()).map(|count| u32::try_from(count).unwrap_or(u32::MAX))
            }),
            import_changes: self.take("import_changes", |text| number(text, 1, 1 << 32)),
            imports: self.take("imports", |text| count(text, 1000)),
            imports_waiting: self.take("imports_waiting", |text| count(text, 100_000)),
            exports: self.take("exports", |text| count(text, 1000)),
            connections: self.take("connections", |text| count(text, 1_000_000)),
            requests: self.take("requests", |text| count(text, 1_000_000)),
            request_time: self.take("request_seconds", |text| number(text, 1, 3600).map(Duration::from_secs)),
            object_cache_bytes: self.take("object_cache_bytes", |text| number(text, 0, 1 << 40)),
            batch: self.take("batch", |text| count(text, 4096)),
            compact_after: self.take("compact_after", |text| {
                count(text, 1_000_000).map(|count| u32::try_from(count).unwrap_or(u32::MAX))
            }),
        };
        if self.faults.is_empty() { Ok(settings) } else { Err(self.faults) }
    }

    fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let (from, text) = self.values.get(name)?.clone();
        match parse(&text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.fault(&from, format!("{text:?} does not fit: it must be {problem}"));
                None
            }
        }
    }

    /// The value given, or the default; also the default where the value has a fault, so that every fault is found.
    fn take<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        let given = self.optional(name, &parse);
        let default =
            SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.default);
        given.unwrap_or_else(|| parse(default).unwrap_or_else(|_| unreachable!("the default of {name} fits")))
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "an address and port such as 127.0.0.1:7420".into())
}

fn number(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let fits = text.parse().ok().filter(|number| (least..=most).contains(number));
    fits.ok_or_else(|| format!("a number from {least} to {most}"))
}

fn count(text: &str, most: usize) -> Result<usize, String> {
    let fits = text.parse().ok().filter(|number| (1..=most).contains(number));
    fits.ok_or_else(|| format!("a number from 1 to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(line: &[&str], environment: &[(&str, &str)], file: &str) -> Result<Settings, Vec<String>> {
        let line = command_line().get_matches_from(std::iter::once(&"portolan-server").chain(line));
        let environment: Vec<_> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut layers = Layers::default();
        layers.file("portolan.toml", file);
        let rest = Layers::collect(&line, &environment);
        layers.values.extend(rest.values);
        layers.faults.extend(rest.faults);
        layers.resolve().map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_default_fits() {
        let settings = resolve(&[], &[], "").unwrap();
        assert_eq!((settings.page_bytes, settings.demo), (1 << 20, false));
    }

    #[test]
    fn the_defaults_are_the_library_s() {
        let settings = resolve(&[], &[], "").unwrap();
        let options = portolan::Options::default();
        let limits = options.import;
        assert_eq!(
            (settings.import_object_bytes, settings.import_total_bytes, settings.import_objects),
            (limits.object_bytes, limits.total_bytes, limits.objects)
        );
        assert_eq!(
            (settings.import_bytes, settings.import_changes),
            (options.import_bytes, options.import_changes)
        );
        assert_eq!(
            (settings.imports, settings.imports_waiting, settings.exports),
            (options.imports, options.imports_waiting, options.exports)
        );
    }

    #[test]
    fn limits_of_imports_are_set_in_every_way() {
        let environment = [("IMPORT_OBJECTS", "7"), ("IMPORTS_WAITING", "8")];
        let file = "import_total_bytes = 5\nimport_changes = 6\n";
        let line = ["--import-object-bytes", "4", "--imports", "1", "--exports", "9"];
        let settings = resolve(&line, &environment, file).unwrap();
        assert_eq!(
            (settings.import_object_bytes, settings.import_total_bytes, settings.import_changes),
            (4, 5, 6)
        );
        assert_eq!((settings.import_objects, settings.imports_waiting), (7, 8));
        assert_eq!((settings.imports, settings.exports), (1, 9));
        let faults = resolve(&["--imports", "0", "--import-objects", "4294967296"], &[], "").unwrap_err();
        assert_eq!(faults.len(), 2, "{faults:#?}");
    }

    #[test]
    fn flags_come_before_environment_before_file() {
        let file = "page_bytes = 1\nbatch = 1\nrequests = 1\n";
        let environment = [("PAGE_BYTES", "2"), ("BATCH", "2"), ("TOKEN", "not a setting")];
        let settings = resolve(&["--page-bytes", "3", "--demo"], &environment, file).unwrap();
        assert_eq!((settings.page_bytes, settings.batch, settings.requests, settings.demo), (3, 2, 1, true));
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let faults = resolve(
            &["--listen", "nowhere"],
            &[("PAGE_BYTES", "many"), ("PAEG", "1")],
            "bacth = 3\nbatch = 1.5\n",
        );
        let faults = faults.unwrap_err();
        assert_eq!(faults.len(), 5, "{faults:#?}");
        for part in [
            "--listen: \"nowhere\"",
            "PORTOLAN_PAGE_BYTES",
            "PORTOLAN_PAEG: no such",
            "bacth: no such",
            "batch: must",
        ] {
            assert!(faults.iter().any(|fault| fault.contains(part)), "{part}: {faults:#?}");
        }
    }
}
