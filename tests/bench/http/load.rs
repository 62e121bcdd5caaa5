//! A load generator that costs little itself: keep-alive connections on one thread, requests as ready-made bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// What a measurement gave.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Answers.
    pub requests: u64,
    /// Answers with another status than wanted.
    pub failed: u64,
    /// The first of them.
    pub failure: Option<String>,
    /// How long it took.
    pub elapsed: Duration,
    /// How long each answer took, in microseconds, sorted.
    pub latencies: Vec<u64>,
    /// CPU time of the daemon for each request, in microseconds.
    pub cpu_us: f64,
}

impl Measured {
    fn check(&mut self, status: u16, wanted: u16, client: &Client) {
        if status != wanted {
            self.failed += 1;
            self.failure.get_or_insert_with(|| format!("{status}: {}", String::from_utf8_lossy(client.body())));
        }
    }

    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that this share of the answers stays under, in milliseconds.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get((last as f64 * share) as usize).map_or(0.0, |us| *us as f64 / 1000.0)
    }
}

/// Makes the bytes of the n-th request.
pub type Requests = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After this time.
    Time(Duration),
    /// After this many requests.
    Count(u64),
}

/// One connection to the daemon.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the daemon listens");
        stream.set_nodelay(true).expect("a TCP stream");
        Self { stream, buffer: Vec::with_capacity(256 * 1024) }
    }

    /// Sends a request and reads the whole answer; gives its status.
    pub async fn send(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.expect("the daemon reads");
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("the daemon answers");
            assert!(read > 0, "the daemon closed the connection");
            if let Some((status, length)) = head(&self.buffer) {
                while self.buffer.len() < length {
                    let read = self.stream.read_buf(&mut self.buffer).await.expect("the daemon answers");
                    assert!(read > 0, "the daemon closed the connection");
                }
                return status;
            }
        }
    }

    /// The body of the last answer.
    pub fn body(&self) -> &[u8] {
        let start = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(0, |at| at + 4);
        &self.buffer[start..]
    }
}

/// Status and whole length of an answer whose head is complete.
fn head(bytes: &[u8]) -> Option<(u16, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = response.parse(bytes).expect("an HTTP answer") else { return None };
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(0, |header| std::str::from_utf8(header.value).unwrap().parse().unwrap());
    Some((response.code.expect("a status"), start + length))
}

/// Runs a load of `connections`, each with one request under way at any time.
pub fn closed_loop(
    address: SocketAddr,
    connections: usize,
    until: Until,
    wanted: u16,
    requests: &Requests,
) -> Measured {
    let next = Arc::new(AtomicU64::new(0));
    on_one_thread(
        async move |requests: Requests| {
            let began = Instant::now();
            let mut running = Vec::new();
            for _ in 0..connections {
                let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
                running.push(tokio::task::spawn_local(async move {
                    let mut client = Client::connect(address).await;
                    let mut measured = Measured::default();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let over = match until {
                            Until::Time(time) => began.elapsed() >= time,
                            Until::Count(count) => number >= count,
                        };
                        if over {
                            return measured;
                        }
                        let request = requests(number);
                        let sent = Instant::now();
                        let status = client.send(&request).await;
                        measured.latencies.push(sent.elapsed().as_micros() as u64);
                        measured.requests += 1;
                        measured.check(status, wanted, &client);
                    }
                }));
            }
            gather(running, began).await
        },
        requests,
    )
}

/// Sends requests at a fixed rate, whether earlier ones are answered or not; each latency counts from when the request
/// was due.
pub fn open_loop(address: SocketAddr, rate: u64, time: Duration, wanted: u16, requests: &Requests) -> Measured {
    on_one_thread(
        async move |requests: Requests| {
            let (sender, receiver) = mpsc::unbounded_channel::<(u64, Instant)>();
            let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
            let mut running = Vec::new();
            for _ in 0..64 {
                let (requests, receiver) = (Arc::clone(&requests), Arc::clone(&receiver));
                running.push(tokio::task::spawn_local(async move {
                    let mut client = Client::connect(address).await;
                    let mut measured = Measured::default();
                    loop {
                        let due = receiver.lock().await.recv().await;
                        let Some((number, due)) = due else { return measured };
                        let status = client.send(&requests(number)).await;
                        measured.latencies.push(due.elapsed().as_micros() as u64);
                        measured.requests += 1;
                        measured.check(status, wanted, &client);
                    }
                }));
            }
            let began = Instant::now();
            let gap = Duration::from_nanos(1_000_000_000 / rate);
            let mut number = 0u64;
            while began.elapsed() < time {
                let due = began + gap * u32::try_from(number).expect("a short run");
                if due > Instant::now() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    continue;
                }
                sender.send((number, due)).expect("the clients live");
                number += 1;
            }
            drop(sender);
            gather(running, began).await
        },
        requests,
    )
}

async fn gather(running: Vec<tokio::task::JoinHandle<Measured>>, began: Instant) -> Measured {
    let mut all = Measured::default();
    for task in running {
        let one = task.await.expect("a client does not panic");
        all.requests += one.requests;
        all.failed += one.failed;
        all.failure = all.failure.or(one.failure);
        all.latencies.extend(one.latencies);
    }
    all.elapsed = began.elapsed();
    all.latencies.sort_unstable();
    all
}

fn on_one_thread(run: impl AsyncFnOnce(Requests) -> Measured, requests: &Requests) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, run(Arc::clone(requests)))
}
