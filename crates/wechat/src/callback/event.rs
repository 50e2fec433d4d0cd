//! What a callback can say.

/// The content of a callback. Times are unix seconds, ids are the platform's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `kf_msg_or_event`: a doorbell. The news has to be fetched with `sync_msg`.
    KfMsgOrEvent {
        /// The account that has news; older callbacks did not say.
        open_kfid: Option<String>,
        /// Lifts the strict limit on pulls; good for ten minutes.
        token: String,
        /// When the platform rang.
        created_at: i64,
    },
    /// `kf_account_auth_change`: accounts were given to the app, or taken away.
    KfAccountAuthChange {
        /// Accounts the app may now manage.
        added: Vec<String>,
        /// Accounts it may no longer manage.
        removed: Vec<String>,
        /// When it happened.
        created_at: i64,
    },
    /// `change_external_contact`: a customer and a member of the corp.
    ExternalContact(ExternalContact),
    /// `change_external_chat`: a customer group.
    ExternalChat(ExternalChat),
    /// A message, event or change that this crate has no words for. The raw bytes are in the
    /// delivery.
    Unknown {
        /// `MsgType`.
        msg_type: String,
        /// `Event`, if it is one.
        event: Option<String>,
        /// `ChangeType`, if it has one.
        change_type: Option<String>,
    },
    /// Signed by the platform, but fields are missing, doubled or no numbers.
    Malformed {
        /// What is wrong, for an administrator.
        why: String,
    },
}

/// What happened between a customer and a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalContact {
    /// What happened.
    pub change: ContactChange,
    /// `UserID` of the member; of the one taking over in a failed transfer.
    pub user_id: String,
    /// `ExternalUserID` of the customer.
    pub external_user_id: String,
    /// `State` of the contact way that the customer came through. May be altered for older adds.
    pub state: Option<String>,
    /// Good for one welcome message within 20 seconds. At most one event of an add carries it.
    pub welcome_code: Option<String>,
    /// When it happened.
    pub created_at: i64,
}

/// `ChangeType` of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactChange {
    /// `add_external_contact`: both sides are friends.
    Added,
    /// `add_half_external_contact`: the customer added the member, who has not accepted.
    HalfAdded,
    /// `edit_external_contact`: remark or tags changed.
    Edited,
    /// `del_external_contact`: the member removed the customer.
    RemovedByMember {
        /// `DELETE_BY_TRANSFER` when an ownership transfer did it.
        source: Option<String>,
    },
    /// `del_follow_user`: the customer removed the member.
    RemovedByCustomer,
    /// `transfer_fail`: the customer stays where they are.
    TransferFailed {
        /// `customer_refused` or `customer_limit_exceed`.
        reason: String,
    },
    /// `msg_audit_approved`: the customer agreed to have the chat archived.
    ArchivingApproved,
}

/// What happened to a customer group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalChat {
    /// What happened.
    pub change: ChatChange,
    /// `ChatId` of the group.
    pub chat_id: String,
    /// When it happened.
    pub created_at: i64,
}

/// `ChangeType` of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatChange {
    /// `create`.
    Created,
    /// `update`.
    Updated(ChatUpdate),
    /// `dismiss`.
    Dismissed,
}

/// The details of a changed group. Everything but `detail` may be missing in older deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatUpdate {
    /// `add_member`, `del_member`, `change_owner`, `change_name` or `change_notice`.
    pub detail: String,
    /// How members came: 0 or 1 invited, 2 by link, 3 by QR code.
    pub join_scene: Option<i64>,
    /// How members went: 1 left, 2 were removed.
    pub quit_scene: Option<i64>,
    /// How many members it concerns.
    pub member_count: Option<i64>,
    /// Their ids.
    pub members: Vec<String>,
    /// Version of the member list before. If it equals the one known, the change may be applied;
    /// otherwise the whole group has to be fetched.
    pub last_version: Option<String>,
    /// Version of the member list now.
    pub current_version: Option<String>,
}
