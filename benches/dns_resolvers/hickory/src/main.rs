//! Looks names up at a name server, a hundred at once: `hickory-lookups PORT COUNT`. It prints how many were right.

use std::net::Ipv4Addr;
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;

const AT_ONCE: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<usize>().expect("numbers"));
    let (port, count) = (numbers.next().expect("a port") as u16, numbers.next().expect("a count"));
    let mut server = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
    server.connections.iter_mut().for_each(|connection| connection.port = port);
    let config = ResolverConfig::from_parts(None, vec![], vec![server]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    options.cache_size = 0;
    options.timeout = std::time::Duration::from_secs(10);
    let resolver = Arc::new(builder.build().expect("a resolver"));
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|worker| {
            let resolver = Arc::clone(&resolver);
            tokio::spawn(async move {
                let mut right = 0;
                for index in 0..count / AT_ONCE {
                    let name = format!("n{}.example.", (worker * 7 + index) % 1000);
                    let answer = resolver.ipv4_lookup(name).await;
                    right += usize::from(answer.is_ok_and(|answer| !answer.answers().is_empty()));
                }
                right
            })
        })
        .collect();
    let mut right = 0;
    for task in tasks {
        right += task.await.expect("a task");
    }
    println!("{right}");
}
