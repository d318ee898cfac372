//! What the kernel counts for a process.

use std::time::Duration;

use crate::failure::{Context, Result};

/// Processor time of the processes `pids` so far, in user and kernel mode (`utime`, `stime` of proc(5)).
pub(crate) fn cpu(pids: &[u32]) -> Result<Duration> {
    let mut ticks = 0;
    for pid in pids {
        let path = format!("/proc/{pid}/stat");
        let text = std::fs::read_to_string(&path).when(&path)?;
        // The name in parentheses may hold spaces; fields 14 and 15 count from the beginning.
        let (_, rest) = text.rsplit_once(')').when(&path)?;
        let fields: Vec<u64> =
            rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        ticks += fields.iter().sum::<u64>();
    }
    let each = 1_000_000_000 / rustix::param::clock_ticks_per_second();
    Ok(Duration::from_nanos(ticks * each))
}

/// Anonymous memory that is resident now, bytes (`RssAnon` of proc(5)).
pub(crate) fn anonymous(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).when(&path)?;
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).when(&path)?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().when(&path)?;
    Ok(kilobytes * 1024)
}

/// The processes that `pid` started.
pub(crate) fn children(pid: u32) -> Result<Vec<u32>> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let text = std::fs::read_to_string(&path).when(&path)?;
    Ok(text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_time_and_memory() {
        let pid = std::process::id();
        let before = cpu(&[pid]).unwrap();
        let mut numbers = crate::corpus::Numbers::new(1);
        while cpu(&[pid]).unwrap() == before {
            std::hint::black_box(numbers.next());
        }
        assert!(anonymous(pid).unwrap() > 100_000);
        assert!(cpu(&[0]).is_err());
    }
}
