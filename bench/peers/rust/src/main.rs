//! NumStore's SetNum and Fact with tonic: the logic of the exercise behind one mutex, as a peer for benchmarks.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use tonic::{transport::Server, Request, Response, Status};

mod pb {
    include!(concat!(env!("OUT_DIR"), "/_.rs"));
}
use pb::num_store_server::{NumStore, NumStoreServer};

const CACHE_MAX: usize = 10;

#[derive(Default)]
struct State {
    values: HashMap<String, i64>,
    total: i64,
    /** The latest first. */
    cached: VecDeque<(i64, i64)>,
}

#[derive(Default)]
struct Store {
    state: Mutex<State>,
}

#[tonic::async_trait]
impl NumStore for Store {
    async fn set_num(&self, request: Request<pb::SetNumRequest>) -> Result<Response<pb::SetNumResponse>, Status> {
        let pb::SetNumRequest { key, value } = request.into_inner();
        let mut state = self.state.lock().unwrap();
        let before = state.values.insert(key, value).unwrap_or(0);
        state.total += value - before;
        Ok(Response::new(pb::SetNumResponse { total: state.total }))
    }

    async fn fact(&self, request: Request<pb::FactRequest>) -> Result<Response<pb::FactResponse>, Status> {
        let mut state = self.state.lock().unwrap();
        let n = match state.values.get(&request.get_ref().key) {
            Some(&n) if (0..=20).contains(&n) => n,
            _ => {
                let error = "there is no factorial to answer".to_string();
                return Ok(Response::new(pb::FactResponse { error, ..Default::default() }));
            }
        };
        let place = state.cached.iter().position(|&(cached, _)| cached == n);
        let (value, hit) = match place.and_then(|place| state.cached.remove(place)) {
            Some((_, value)) => (value, true),
            None => ((2..=n).product(), false),
        };
        state.cached.push_front((n, value));
        state.cached.truncate(CACHE_MAX);
        Ok(Response::new(pb::FactResponse { value, hit, error: String::new() }))
    }
}

/// The version of a dependency that this was built with.
fn locked_version(name: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let version = lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1);
    version.and_then(|rest| rest.split('"').next()).unwrap_or("unknown")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).expect("a port");
    println!("tonic {}", locked_version("tonic"));
    Server::builder()
        .tcp_nodelay(true)
        .add_service(NumStoreServer::new(Store::default()))
        .serve(format!("127.0.0.1:{port}").parse()?)
        .await?;
    Ok(())
}
