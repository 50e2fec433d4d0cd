//! The simulator by itself, with the phone page from `crates/web/ui/dist`, until Ctrl-C:
//! `cargo run -p kefu-simulator --example simulate -- 127.0.0.1:9090`.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use kefu_simulator::{AppSpec, Config, SimError, Simulator};

#[tokio::main]
async fn main() -> Result<(), SimError> {
    let listen = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:9090".into());
    let listen = listen
        .parse()
        .map_err(|_| SimError::Invalid(format!("{listen}: not an address")))?;
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/ui/dist");
    let assets = Arc::new(move |path: &str| file(&dist, path));
    let platform = Simulator::start(Config {
        listen,
        assets,
        apps: AppSpec::demo(),
        ..Config::default()
    })
    .await?;
    let corp = platform.corp().unwrap_or_default();
    println!("platform  {}", platform.base_url());
    println!("phone     {}/phone/", platform.base_url());
    println!("corpid    {}", corp.corpid.unwrap_or_default());
    println!("secret    {}", corp.secret.unwrap_or_default());
    println!("token     {}", corp.token.unwrap_or_default());
    println!("aes key   {}", corp.encoding_aes_key.unwrap_or_default());
    // Without a signal to wait for there is nothing better than to stop.
    let _ = tokio::signal::ctrl_c().await;
    platform.shutdown().await;
    Ok(())
}

/// A file below the folder, and the type its name promises.
fn file(root: &Path, path: &str) -> Option<(Vec<u8>, String)> {
    let path = PathBuf::from(path);
    if !path
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return None;
    }
    let kind = match path.extension()?.to_str()? {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
    std::fs::read(root.join(path))
        .ok()
        .map(|bytes| (bytes, kind.to_owned()))
}
