//! SetNum, Fact and FactExact by tonic: each answer is a line on stdout. Usage: tonic-client PORT
//!
//! The messages are written by hand, so that it builds without protoc.

use std::error::Error;

use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::codec::Streaming;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, prost::Message)]
struct SetNumRequest {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(int64, tag = "2")]
    value: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SetNumResponse {
    #[prost(int64, tag = "1")]
    total: i64,
}

/// What Fact and FactExact ask for.
#[derive(Clone, PartialEq, prost::Message)]
struct KeyRequest {
    #[prost(string, tag = "1")]
    key: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FactResponse {
    #[prost(int64, tag = "1")]
    value: i64,
    #[prost(bool, tag = "2")]
    hit: bool,
    #[prost(string, tag = "3")]
    error: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FactExactChunk {
    #[prost(bytes = "vec", tag = "1")]
    chunk: Vec<u8>,
}

struct Client(Grpc<Channel>);

impl Client {
    async fn unary<Q, A>(&mut self, path: &'static str, request: Q) -> Result<A, Status>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        self.ready().await?;
        let path = PathAndQuery::from_static(path);
        let codec = ProstCodec::<Q, A>::default();
        Ok(self.0.unary(Request::new(request), path, codec).await?.into_inner())
    }

    async fn fact_exact(&mut self, key: &str) -> Result<Streaming<FactExactChunk>, Status> {
        self.ready().await?;
        let path = PathAndQuery::from_static("/NumStoreExtended/FactExact");
        let request = Request::new(KeyRequest { key: key.to_string() });
        let codec = ProstCodec::<KeyRequest, FactExactChunk>::default();
        Ok(self.0.server_streaming(request, path, codec).await?.into_inner())
    }

    async fn ready(&mut self) -> Result<(), Status> {
        self.0.ready().await.map_err(|error| Status::unavailable(error.to_string()))
    }
}

/// All the bytes of a factorial.
async fn exact(client: &mut Client, key: &str) -> Result<Vec<u8>, Status> {
    let mut chunks = client.fact_exact(key).await?;
    let mut bytes = Vec::new();
    while let Some(FactExactChunk { chunk }) = chunks.message().await? {
        bytes.extend(chunk);
    }
    Ok(bytes)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).ok_or("Expected a port")?;
    let channel = Endpoint::from_shared(format!("http://127.0.0.1:{port}"))?.connect().await?;
    let mut client = Client(Grpc::new(channel));
    for value in [1, i64::MIN, i64::MAX, 5] {
        let request = SetNumRequest { key: "tonic".to_string(), value };
        let SetNumResponse { total } = client.unary("/NumStore/SetNum", request).await?;
        println!("total {total}");
    }
    for key in ["tonic", "tonic", "none"] {
        let request = KeyRequest { key: key.to_string() };
        let FactResponse { value, hit, error } = client.unary("/NumStore/Fact", request).await?;
        println!("fact {value} {hit} {}", !error.is_empty());
    }
    let request = SetNumRequest { key: "tonic".to_string(), value: 100_000 };
    let SetNumResponse { total } = client.unary("/NumStore/SetNum", request).await?;
    println!("total {total}");
    let hex: String = exact(&mut client, "tonic").await?.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("exact {hex}");
    let refused = exact(&mut client, "none").await.err().map(|status| status.code() as i32);
    println!("refused {}", refused.unwrap_or(0));
    let request = SetNumRequest { key: "tonic".to_string(), value: 0 };
    let SetNumResponse { total } = client.unary("/NumStore/SetNum", request).await?;
    println!("total {total}");
    Ok(())
}
