//! Configuration and wiring, shared by Portolan's binaries: which settings there are, where they come from, and which adapters
//! they choose.

mod backup;
mod data;
mod demo;
mod environment;
mod logs;
mod settings;
mod wire;

pub use backup::{BackupError, Copied, Manifest, backup, restore};
pub use data::{DataFolder, FolderError};
pub use demo::write_demo_pages;
pub use environment::{cache_folder, is_required, read_environment, target_folder, variable};
pub use logs::{LogFormat, init_logs};
pub use settings::{Fault, Layers, SETTINGS, Setting, Settings, command_line};
pub use wire::{Composed, WireError, check_ledger, open};
