//! The scripts, and how one is asked for.

use std::sync::LazyLock;

use ::redis::{
    Arg, Cmd, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind, ToRedisArgs,
    aio::MultiplexedConnection, cmd,
};
use kefu_domain::BrandId;

use super::keys;

/// Items of one script call at most: some hundred microseconds of the server's only thread.
pub(super) const BATCH: usize = 256;

/// A script's text, and the hash by which the server knows it.
pub(super) struct Script {
    text: &'static str,
    known: ::redis::Script,
}

impl Script {
    fn new(text: &'static str) -> Self {
        let known = ::redis::Script::new(text);
        Self { text, known }
    }
}

macro_rules! scripts {
    (on a line: $($line:ident)*; alone: $($alone:ident)*;) => {
        $(pub(super) static $line: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(
                include_str!("prelude.lua"),
                include_str!(scripts!(@file $line))
            ))
        });)*
        $(pub(super) static $alone: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!(scripts!(@file $alone))));)*

        /// Gives the server all of them.
        pub(super) async fn load(conn: &mut MultiplexedConnection) -> RedisResult<()> {
            $($line.known.load_async(conn).await?;)*
            $($alone.known.load_async(conn).await?;)*
            Ok(())
        }
    };
    (@file JOIN) => { "join.lua" };
    (@file LEAVE) => { "leave.lua" };
    (@file SEAT) => { "seat.lua" };
    (@file CLAIM) => { "claim.lua" };
    (@file HOLD) => { "hold.lua" };
    (@file RELEASE) => { "release.lua" };
    (@file MEND) => { "mend.lua" };
    (@file CLEAR) => { "clear.lua" };
    (@file DEPTHS) => { "depths.lua" };
    (@file RENEW) => { "renew.lua" };
    (@file END) => { "end.lua" };
    (@file PRESENT) => { "present.lua" };
}

scripts! {
    on a line: JOIN LEAVE SEAT HOLD RELEASE MEND CLEAR;
    alone: CLAIM DEPTHS RENEW END PRESENT;
}

/// A command on its way: what it is called in the figures, and the script behind it, if any.
pub(super) struct Call {
    pub(super) op: &'static str,
    script: Option<&'static Script>,
    cmd: Cmd,
    /// May be sent a second time when the connection broke under it. True of everything but a
    /// claim, whose first attempt would make the second find nobody waiting.
    pub(super) repeats: bool,
}

impl Call {
    pub(super) fn command(op: &'static str, name: &str) -> Self {
        Self {
            op,
            script: None,
            cmd: cmd(name),
            repeats: true,
        }
    }

    /// A script with these keys.
    pub(super) fn script(op: &'static str, script: &'static Script, keys: &[Vec<u8>]) -> Self {
        let mut cmd = cmd("EVALSHA");
        cmd.arg(script.known.get_hash()).arg(keys.len()).arg(keys);
        Self {
            op,
            script: Some(script),
            cmd,
            repeats: true,
        }
    }

    /// A script that begins with `prelude.lua`.
    pub(super) fn on_line(op: &'static str, script: &'static Script, brand: BrandId) -> Self {
        let keys = [keys::where_is(brand), keys::desk(brand), keys::teams(brand)];
        Self::script(op, script, &keys).arg(keys::lines(brand))
    }

    pub(super) fn arg(mut self, arg: impl ToRedisArgs) -> Self {
        self.cmd.arg(arg);
        self
    }

    /// An id as text.
    pub(super) fn id(&mut self, bits: u128) -> &mut Self {
        self.cmd.arg(&keys::text(bits)[..]);
        self
    }

    pub(super) fn push(&mut self, arg: impl ToRedisArgs) -> &mut Self {
        self.cmd.arg(arg);
        self
    }

    pub(super) fn once(mut self) -> Self {
        self.repeats = false;
        self
    }

    pub(super) async fn send<T: FromRedisValue>(
        &self,
        conn: &mut MultiplexedConnection,
    ) -> RedisResult<T> {
        let first = self.cmd.query_async(conn).await;
        match (first, self.script) {
            (Err(error), Some(script))
                if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) =>
            {
                // With its text, which the server keeps. Loading it first would be another step,
                // after which it may be gone again.
                let mut eval = cmd("EVAL");
                eval.arg(script.text);
                for arg in self.cmd.args_iter().skip(2) {
                    if let Arg::Simple(arg) = arg {
                        eval.arg(arg);
                    }
                }
                eval.query_async(conn).await
            }
            (other, _) => other,
        }
    }
}
