//! A real redis-server on a free loopback port, with a folder of its own. It ends with its owner.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use ::redis::{Client, FromRedisValue};

use super::super::Redis;

pub(super) struct Server {
    child: Child,
    port: u16,
    dir: tempfile::TempDir,
}

impl Server {
    /// Waits until it answers.
    pub(super) async fn start(options: &[&str]) -> Self {
        // Another process may take the port in between.
        for _ in 0..5 {
            let (port, dir) = (free_port(), tempfile::tempdir().unwrap());
            let child = spawn(port, &dir, options);
            let mut server = Self { child, port, dir };
            if server.answers().await {
                return server;
            }
        }
        panic!("redis-server does not start; is it installed? (apt-get install redis-server)");
    }

    /// An address where nobody listens yet; [`Server::restart`] changes that.
    pub(super) fn absent() -> Self {
        let child = Command::new("true").spawn().unwrap();
        Self {
            child,
            port: free_port(),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(super) async fn node(&self, name: &str) -> Redis {
        Redis::connect(&self.url(), name).await.unwrap()
    }

    pub(super) async fn ask<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let client = Client::open(self.url()).unwrap();
        let mut conn = client.get_multiplexed_async_connection().await.unwrap();
        conn.set_response_timeout(Duration::from_secs(10));
        let mut cmd = ::redis::cmd(command[0]);
        cmd.arg(&command[1..]).query_async(&mut conn).await.unwrap()
    }

    pub(super) async fn tell(&self, command: &[&str]) {
        self.ask::<()>(command).await;
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// On the same port, after a kill. Does not wait.
    pub(super) fn restart(&mut self, options: &[&str]) {
        self.kill();
        self.child = spawn(self.port, &self.dir, options);
    }

    /// `STOP` or `CONT`.
    pub(super) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        let kill = kill
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string());
        assert!(kill.status().unwrap().success());
    }

    async fn answers(&mut self) -> bool {
        for _ in 0..500 {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            let client = Client::open(self.url()).unwrap();
            if client.get_multiplexed_async_connection().await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn spawn(port: u16, dir: &tempfile::TempDir, options: &[&str]) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .args(["--enable-debug-command", "yes", "--dir"])
        .arg(dir.path())
        .args(options)
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed (apt-get install redis-server)")
}
