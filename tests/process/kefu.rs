//! The `kefu` program as a process of the test: it ends with its owner.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

pub(crate) struct Kefu {
    child: Child,
    pub(crate) addr: SocketAddr,
    said: Arc<Mutex<Vec<String>>>,
    log: PathBuf,
}

/// A command of the program, without what the caller's environment says of it.
fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kefu"));
    // Platforms of tests stand on loopback.
    command
        .args(args)
        .env_clear()
        .env("KEFU_WEBHOOKS_PRIVATE", "true");
    command
}

/// Runs a command to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    program(args).output().unwrap()
}

/// A gateway of which nobody waits for a word.
pub(crate) fn begin(data: &Path) -> Child {
    program(&["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How `unshare` is asked for a place where a file system can be mounted.
fn namespace() -> &'static [&'static str] {
    const WAYS: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let goes = |way: &&&[&str]| {
        let tried = Command::new("unshare")
            .args(**way)
            .args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"])
            .output();
        tried.is_ok_and(|output| output.status.success())
    };
    WAYS.iter().find(goes).expect(
        "a small disk cannot be mounted here: run the tests as root, or where user namespaces are \
         allowed (in a container, with --cap-add SYS_ADMIN)",
    )
}

/// What a command that ended said, of both kinds.
pub(crate) fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

impl Kefu {
    /// Starts a gateway on a free port and waits until it listens.
    pub(crate) async fn start(data: &Path, args: &[&str]) -> Self {
        let mut command = program(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        Self::begin(command.arg(data).args(args), data).await
    }

    /// Starts one whose data folder is a file system of so many MiB. Nobody else sees it but by
    /// [`Self::inside`], and it goes with the process.
    pub(crate) async fn start_on_disk(data: &Path, mib: u32) -> Self {
        const MOUNTED: &str = r#"mount -t tmpfs -o "size=$1m" tmpfs "$2" && exec "$0" serve --listen 127.0.0.1:0 --data "$2""#;
        std::fs::create_dir_all(data).unwrap();
        let mut command = Command::new("unshare");
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .args(namespace())
            .args(["sh", "-c", MOUNTED, env!("CARGO_BIN_EXE_kefu")])
            .arg(mib.to_string())
            .arg(data);
        Self::begin(&mut command, data).await
    }

    async fn begin(command: &mut Command, data: &Path) -> Self {
        static LOGS: AtomicU32 = AtomicU32::new(0);
        let parent = data.parent().unwrap();
        let log = parent.join(format!("log-{}", LOGS.fetch_add(1, Ordering::Relaxed)));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (lines, out) = (Arc::clone(&said), child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut kefu = Self {
            child,
            addr,
            said,
            log,
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let said = kefu.said();
            let found = said.iter().find_map(|line| line.split("http://").nth(1));
            if let Some(addr) = found {
                kefu.addr = addr.parse().unwrap();
                return kefu;
            }
            let gone = kefu.child.try_wait().unwrap();
            assert!(gone.is_none(), "{gone:?}: {}", kefu.logged());
            assert!(Instant::now() < deadline, "silent: {}", kefu.logged());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A path as it is where the process lives.
    pub(crate) fn inside(&self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.child.id()));
        root.join(path.strip_prefix("/").unwrap())
    }

    /// Lines on its standard output so far.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// Everything it logged so far.
    pub(crate) fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// How it ended, which must be in time.
    pub(crate) async fn ended(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "still there: {}", self.logged());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// As a power cut would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Kefu {
    fn drop(&mut self) {
        self.kill();
    }
}
