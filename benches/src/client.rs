//! One keep-alive connection that waits for each answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::failure::{Context, Failure, Result};
use crate::http;

/// Longest time for an answer.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    host: String,
    token: String,
    buffer: Vec<u8>,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// What goes with a request that has a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body<'a> {
    pub(crate) kind: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) base: Option<&'a str>,
}

impl<'a> Body<'a> {
    pub(crate) const fn json(bytes: &'a [u8]) -> Self {
        Self { kind: "application/json", bytes, base: None }
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).when(address)?;
        stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE))).when(address)?;
        Ok(Self { stream, host: address.to_string(), token: token.into(), buffer: Vec::with_capacity(8192) })
    }

    pub(crate) fn get(&mut self, target: &str, accept: &str) -> Result<Answer> {
        let request = http::get(&self.host, target, accept, &self.token);
        self.exchange(&request, &[]).when(format!("GET {target}"))
    }

    pub(crate) fn send(&mut self, method: &str, target: &str, body: Body<'_>) -> Result<Answer> {
        let base = body.base.map_or_else(String::new, |base| format!("If-Match: {base}\r\n"));
        let (host, token, kind, length) = (&self.host, &self.token, body.kind, body.bytes.len());
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{base}Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        self.exchange(head.as_bytes(), body.bytes).when(format!("{method} {target}"))
    }

    fn exchange(&mut self, head: &[u8], body: &[u8]) -> Result<Answer> {
        // One segment where it is small: a head and a body apart would be two system calls and two packets.
        if body.len() < 1 << 16 {
            self.stream.write_all(&[head, body].concat()).when("sending")?;
        } else {
            self.stream.write_all(head).and_then(|()| self.stream.write_all(body)).when("sending")?;
        }
        self.buffer.clear();
        let mut part = [0; 16384];
        loop {
            if let Some(head) = http::head(&self.buffer)?
                && self.buffer.len() >= head.bytes + head.body
            {
                let text = String::from_utf8_lossy(&self.buffer[..head.bytes]).trim_end().to_owned();
                let body = self.buffer[head.bytes..head.bytes + head.body].to_vec();
                return Ok(Answer { status: head.status, head: text, body });
            }
            match self.stream.read(&mut part).when("receiving")? {
                0 => return Err(Failure::new("the connection was closed before the answer was whole")),
                read => self.buffer.extend_from_slice(&part[..read]),
            }
        }
    }
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        http::field(&self.head, name)
    }

    /// The answer, if it has this status.
    pub(crate) fn expect(self, status: u16) -> Result<Self> {
        if self.status == status {
            return Ok(self);
        }
        Err(Failure::new(format!(
            "status {} and not {status}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        )))
    }

    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).when("an answer is no JSON")
    }
}
