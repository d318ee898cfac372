use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::*;

const LIMIT: Duration = Duration::from_secs(15);

fn wire(stream: tokio::io::DuplexStream) -> (Wire<tokio::io::DuplexStream>, Exchange) {
    let exchange = Exchange::default();
    let unread: Unread =
        Arc::new(|status| (format!("content-length: 3\r\nx-id: {status}\r\n"), b"bad".into()));
    (Wire::new(stream, exchange.clone(), LIMIT, unread), exchange)
}

const OWN: &[u8] = b"HTTP/1.1 414 URI Too Long\r\ncontent-length: 0\r\ndate: today\r\n\r\n";

#[tokio::test]
async fn only_what_hyper_answers_by_itself_is_replaced() {
    let (near, mut far) = duplex(1 << 16);
    let (mut wire, exchange) = wire(near);
    let mut read = vec![0; OWN.len()];
    // While a request is at work, and until its answer is written, the same bytes are somebody's text.
    let at_work = exchange.begin();
    wire.write_all(OWN).await.unwrap();
    drop(at_work);
    wire.write_all(OWN).await.unwrap();
    for _ in 0..2 {
        far.read_exact(&mut read).await.unwrap();
        assert_eq!(read, OWN);
    }
    wire.flush().await.unwrap();
    wire.write_all(OWN).await.unwrap();
    wire.shutdown().await.unwrap();
    let mut told = String::new();
    far.read_to_string(&mut told).await.unwrap();
    assert_eq!(told, "HTTP/1.1 414 URI Too Long\r\ndate: today\r\ncontent-length: 3\r\nx-id: 414\r\n\r\nbad");
}

#[tokio::test(start_paused = true)]
async fn a_head_has_its_time_and_an_idle_connection_has_none() {
    let (near, mut far) = duplex(100);
    let (mut wire, exchange) = wire(near);
    let (start, mut byte) = (Instant::now(), [0]);
    far.write_all(b"G").await.unwrap();
    wire.read_exact(&mut byte).await.unwrap();
    drop(exchange.begin());
    // Idle: hyper's own limit is another matter.
    let idle = tokio::time::timeout(Duration::from_mins(1), wire.read_exact(&mut byte)).await;
    assert!(idle.is_err());
    far.write_all(b"G").await.unwrap();
    wire.read_exact(&mut byte).await.unwrap();
    // Bytes that trickle in give it no more time.
    let trickle = async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            far.write_all(b"x").await.unwrap();
        }
    };
    let read = async {
        loop {
            if let Err(error) = wire.read_exact(&mut byte).await {
                return error.kind();
            }
        }
    };
    let kind = tokio::select! { kind = read => kind, () = trickle => unreachable!("it never ends") };
    assert_eq!(kind, io::ErrorKind::TimedOut);
    assert_eq!(start.elapsed().as_secs(), 60 + LIMIT.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_must_not_be_silent() {
    let (near, _far) = duplex(100);
    let (mut wire, _) = wire(near);
    let start = Instant::now();
    let error = wire.read_exact(&mut [0]).await.unwrap_err();
    assert_eq!((error.kind(), start.elapsed().as_secs()), (io::ErrorKind::TimedOut, LIMIT.as_secs()));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_taken_ends_and_a_slow_reader_is_waited_for() {
    let (near, mut far) = duplex(10);
    let (mut wire, exchange) = wire(near);
    let _at_work = exchange.begin();
    let slow = async {
        let mut byte = [0];
        for _ in 0..10 {
            tokio::time::sleep(STALLED * 9 / 10).await;
            far.read_exact(&mut byte).await.unwrap();
        }
    };
    let (written, ()) = tokio::join!(wire.write_all(&[7; 20]), slow);
    written.unwrap();
    let start = Instant::now();
    assert_eq!(wire.write_all(&[7; 20]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(start.elapsed(), STALLED);
}
