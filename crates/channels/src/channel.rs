//! The contract of a channel.

use async_trait::async_trait;
use bytes::Bytes;
use kefu_domain::{
    Capabilities, UnixMs,
    setup::{Connection, EntryPoint},
};

use crate::about::About;
use crate::fault::Fault;
use crate::shapes::{
    AccountLook, CallbackSecrets, Check, Counted, Fetched, HandoffCode, HandoffTo, Notice, Page,
    Parcel, Passed, Profile, Quota, Receiver, ReceiverResult, Refused, SetupField, UpstreamAccount,
};
use crate::surroundings::Surroundings;

/// Reads stored files for sending.
#[async_trait]
pub trait Files: Send + Sync {
    /// Bytes, name and type of one of ours; `None` if it is gone.
    async fn read(&self, media_id: &str) -> Option<(Bytes, String, String)>;
    /// The same file in another form: bytes, name and type; `None` if it cannot be made.
    async fn read_as(&self, _media_id: &str, _form: Form) -> Option<(Bytes, String, String)> {
        None
    }
}

/// A form in which a platform takes a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A JPEG of at most so many bytes.
    Picture {
        /// The limit.
        max_bytes: usize,
    },
    /// A voice in AMR.
    Amr,
    /// A film's first picture, as a JPEG of at most so many bytes.
    Still {
        /// The limit.
        max_bytes: usize,
    },
}

/// One kind of door.
///
/// What every channel must do:
/// - name its [`Capabilities`] and obey its limits in [`Channel::send`];
/// - verify a callback wholly before it believes any of it, without a difference that an attacker
///   could see or time;
/// - lose nothing: what it does not know becomes `Other`, whole;
/// - give each item the platform's own id, so that repetition is recognised;
/// - class each failure by what the caller may do ([`crate::Class`]), and never say "not happened" of a
///   request that may have been taken;
/// - keep secrets out of errors and logs.
///
/// Methods that a door of ours does not need have defaults that refuse.
#[async_trait]
pub trait Channel: Send + Sync {
    /// The stored name, as in [`EntryPoint::channel`].
    fn kind(&self) -> &'static str;

    /// What it can carry.
    fn capabilities(&self) -> &'static Capabilities;

    /// What people are told about it.
    fn about(&self) -> &'static About;

    /// Where it runs; told once, before anything is asked of it.
    fn settle_in(&self, _here: &Surroundings) {}

    /// What the set-up of a connection needs, in the order of the form.
    fn fields(&self) -> &'static [SetupField] {
        &[]
    }

    /// A connection has several accounts, and an entry point stands for one of them.
    fn has_accounts(&self) -> bool {
        false
    }

    /// A fresh callback token and key, for channels whose callbacks are encrypted by ours.
    fn new_callback_secrets(&self) -> Option<CallbackSecrets> {
        None
    }

    /// Answers a platform's URL verification with the body to send back.
    fn verify(&self, _connection: &Connection, _query: &str) -> Result<Vec<u8>, Refused> {
        Err(Refused::rejected(
            "这个渠道没有回调",
            "this channel has no callbacks",
        ))
    }

    /// Opens a callback.
    fn receive(
        &self,
        _connection: &Connection,
        _query: &str,
        _body: &[u8],
    ) -> Result<Vec<Notice>, Refused> {
        Err(Refused::rejected(
            "这个渠道没有回调",
            "this channel has no callbacks",
        ))
    }

    /// Pulls one page of an account's news.
    async fn pull(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _cursor: &str,
        _token: Option<&str>,
    ) -> Result<Page, Fault> {
        Ok(Page::default())
    }

    /// Sends something.
    async fn send(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _parcel: &Parcel,
        _files: &dyn Files,
    ) -> Result<(), Fault> {
        Err(Fault::permanent(
            "not_sendable",
            "这个渠道不向外发送",
            "this channel does not send outside",
        ))
    }

    /// Passes a customer to people who answer in the platform's own client: to the first of these
    /// members who receives now, or else to where any of them may pick them up. Harmless to repeat.
    async fn pass(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _address: &str,
        _members: &[String],
    ) -> Result<Passed, Fault> {
        Err(Fault::permanent(
            "not_sendable",
            "这个渠道没有自己的客户端",
            "this channel has no client of its own",
        ))
    }

    /// Gives a customer who is in the platform's own client to this member there. One who does not
    /// receive is refused.
    async fn pass_to(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _address: &str,
        _member: &str,
    ) -> Result<Passed, Fault> {
        Err(Fault::permanent(
            "not_sendable",
            "这个渠道没有自己的客户端",
            "this channel has no client of its own",
        ))
    }

    /// Shows the customer that somebody types, or does no longer. A hint: where the platform has no
    /// such thing, or will not show it now, nothing happens.
    async fn typing(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _address: &str,
        _on: bool,
    ) -> Result<(), Fault> {
        Ok(())
    }

    /// Fetches a platform's file, at most `limit` bytes.
    async fn fetch(
        &self,
        _connection: &Connection,
        _media_id: &str,
        _limit: usize,
    ) -> Result<Fetched, Fault> {
        Err(Fault::permanent(
            "not_found",
            "没有这个文件",
            "no such file",
        ))
    }

    /// Fetches a picture by the address that the platform gave ([`Profile::avatar_url`]).
    async fn fetch_picture(
        &self,
        _connection: &Connection,
        _url: &str,
        _limit: usize,
    ) -> Result<Fetched, Fault> {
        Err(Fault::permanent(
            "not_found",
            "没有这个文件",
            "no such file",
        ))
    }

    /// Who these customers are.
    async fn profiles(
        &self,
        _connection: &Connection,
        _addresses: &[String],
    ) -> Result<Vec<Profile>, Fault> {
        Ok(Vec::new())
    }

    /// A handoff card goes out as a bare picture of its code here, and somebody has to say whose it is.
    fn cards_are_bare(&self, _connection: &Connection) -> bool {
        true
    }

    /// Makes a code that leads to a handoff target and carries `state` (at most 30 bytes).
    async fn handoff_code(
        &self,
        _connection: &Connection,
        _to: &HandoffTo,
        _state: &str,
        _remark: &str,
    ) -> Result<HandoffCode, Fault> {
        Err(Fault::permanent(
            "not_sendable",
            "这个连接不能生成二维码",
            "this connection makes no codes",
        ))
    }

    /// Takes a code back: nobody can use it any more. One that is gone already is no fault.
    async fn withdraw_code(
        &self,
        _connection: &Connection,
        _to: &HandoffTo,
        _config_id: &str,
    ) -> Result<(), Fault> {
        Err(Fault::permanent(
            "not_sendable",
            "这个连接不能生成二维码",
            "this connection makes no codes",
        ))
    }

    /// Greets a customer who just added a member, once; passing troubles are tried again until a
    /// time, because the code lives 20 s.
    async fn greet(
        &self,
        _connection: &Connection,
        _welcome_code: &str,
        _text: &str,
        _until: UnixMs,
    ) -> Result<(), Fault> {
        Err(Fault::permanent(
            "not_sendable",
            "这个连接不能发欢迎语",
            "this connection sends no greetings",
        ))
    }

    /// The `state` of a group's newest members, newest first: (member's address, state).
    async fn group_members(
        &self,
        _connection: &Connection,
        _chat_id: &str,
    ) -> Result<Vec<(String, Option<String>)>, Fault> {
        Ok(Vec::new())
    }

    /// A link into the account, with attribution. Where a platform has links that end and few that last,
    /// `lasting` asks for one of these.
    async fn link(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _scene: &str,
        _scene_param: Option<&str>,
        _lasting: bool,
    ) -> Result<String, Fault> {
        Err(no_links())
    }

    /// Accounts at the platform that this connection can serve.
    async fn accounts(&self, _connection: &Connection) -> Result<Vec<UpstreamAccount>, Fault> {
        Ok(Vec::new())
    }

    /// The newest day of which the platform has all numbers, by its own clock; `None`: it counts none.
    fn last_counted_day(&self, _now: UnixMs) -> Option<UnixMs> {
        None
    }

    /// What the platform counted from one day to another, both counted, at most a month.
    async fn counted(
        &self,
        _connection: &Connection,
        _door: &EntryPoint,
        _from: UnixMs,
        _to: UnixMs,
    ) -> Result<Vec<Counted>, Fault> {
        Ok(Vec::new())
    }

    /// How much of the platform's limits this connection uses now; counted since the start.
    fn quotas(&self, _connection: &Connection) -> Vec<Quota> {
        Vec::new()
    }

    /// Makes an account at the platform; answers its id.
    async fn make_account(
        &self,
        _connection: &Connection,
        _look: AccountLook,
    ) -> Result<String, Fault> {
        Err(no_accounts())
    }

    /// Changes an account at the platform.
    async fn change_account(
        &self,
        _connection: &Connection,
        _account: &str,
        _look: AccountLook,
    ) -> Result<(), Fault> {
        Err(no_accounts())
    }

    /// Removes an account at the platform, for good.
    async fn remove_account(&self, _connection: &Connection, _account: &str) -> Result<(), Fault> {
        Err(no_accounts())
    }

    /// Who receives customers of an account in the platform's own client.
    async fn receivers(
        &self,
        _connection: &Connection,
        _account: &str,
    ) -> Result<Vec<Receiver>, Fault> {
        Err(no_accounts())
    }

    /// Adds such people, or removes them.
    async fn change_receivers(
        &self,
        _connection: &Connection,
        _account: &str,
        _whom: &[Receiver],
        _add: bool,
    ) -> Result<Vec<ReceiverResult>, Fault> {
        Err(no_accounts())
    }

    /// Tests a connection; each line says what is right or what is wrong and what to do.
    async fn test(&self, _connection: &Connection, _callback_url: &str) -> Vec<Check> {
        Vec::new()
    }
}

/// What a channel without links answers.
pub(crate) fn no_links() -> Fault {
    Fault::permanent("not_found", "这个渠道没有链接", "this channel has no links")
}

fn no_accounts() -> Fault {
    Fault::permanent(
        "not_sendable",
        "这个渠道没有可管理的账号",
        "this channel has no accounts to manage",
    )
}
