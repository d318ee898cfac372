//! Reads over keep-alive connections, as many as one thread can make: the same code for both sides that are compared.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::corpus::Numbers;
use crate::failure::{Context, Failure, Result};
use crate::http;

/// A request and the bytes that its answer's body has.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) bytes: Vec<u8>,
    pub(crate) body: usize,
}

/// What was reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached {
    pub(crate) requests: u64,
    pub(crate) time: Duration,
}

/// Sends `requests` at random over `connections` for as long as `window`, one at a time on each. Any answer but 200 with the expected
/// length ends it: a rate of errors is no rate.
pub(crate) fn load(
    address: SocketAddr,
    requests: &Arc<Vec<Request>>,
    connections: usize,
    window: Duration,
) -> Result<Reached> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().when("the load generator")?;
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        let begun = Instant::now();
        for connection in 0..connections {
            let stream = TcpStream::connect(address).await.when(address)?;
            stream.set_nodelay(true).when(address)?;
            tasks.spawn(one(stream, Arc::clone(requests), connection as u64, begun + window));
        }
        let mut total = 0;
        while let Some(count) = tasks.join_next().await {
            total += count.when("the load generator")??;
        }
        Ok(Reached { requests: total, time: begun.elapsed() })
    })
}

async fn one(mut stream: TcpStream, requests: Arc<Vec<Request>>, seed: u64, until: Instant) -> Result<u64> {
    let mut numbers = Numbers::new(seed);
    let mut buffer = Vec::with_capacity(16384);
    let mut count = 0;
    while Instant::now() < until {
        let request = &requests[numbers.below(requests.len())];
        stream.write_all(&request.bytes).await.when("sending")?;
        buffer.clear();
        loop {
            if stream.read_buf(&mut buffer).await.when("receiving")? == 0 {
                return Err(Failure::new(format!("the connection was closed after {count} answers")));
            }
            if let Some(head) = http::head(&buffer)?
                && buffer.len() >= head.bytes + head.body
            {
                if head.status != 200 || head.body != request.body || buffer.len() != head.bytes + head.body {
                    let text = String::from_utf8_lossy(&buffer);
                    return Err(Failure::new(format!("expected 200 and {} bytes: {text}", request.body)));
                }
                break;
            }
        }
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;

    fn serve(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                std::thread::spawn(move || {
                    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    for _ in lines.map_while(std::result::Result::ok).filter(String::is_empty) {
                        stream.write_all(answer.as_bytes()).unwrap();
                    }
                });
            }
        });
        address
    }

    fn reached(answer: &'static str) -> Result<Reached> {
        let address = serve(answer);
        let request = Request { bytes: http::get("h", "/", "*/*", "t"), body: 2 };
        load(address, &Arc::new(vec![request]), 3, Duration::from_millis(50))
    }

    #[test]
    fn answers_are_counted_and_wrong_ones_end_the_load() {
        let found = reached("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        assert!(found.requests >= 3 && found.time >= Duration::from_millis(50), "{found:?}");
        assert!(reached("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nhi").is_err());
        assert!(reached("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhey").is_err());
    }
}
