//! What the clients of one run did and saw, in the order in which it happened to each of them.

/// An assignment's number: fences start anew in each session, so both are needed to tell which of
/// two came first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence {
    /// The session's number in its conversation.
    pub session: u64,
    /// The number of the assignment in it.
    pub fence: u64,
}

/// Who wrote a message or looked at a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A customer, by number; each has one conversation of the same number.
    Customer(u32),
    /// An agent, by number.
    Agent(u32),
}

/// How an operation ended for the client that asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not answered: it may be stored once, or not at all.
    Unknown,
    /// Acknowledged: it must be stored, once, under the number that the ack gave.
    Ok,
    /// A platform outside took it: it must be stored, once, under whatever number.
    Taken,
    /// Refused for good: it must not be stored.
    Failed,
}

/// One attempt to write one message, retries included. Times are nanoseconds of the run's clock;
/// 0 means "never".
#[derive(Debug, Clone)]
pub struct Op {
    /// Who wrote it.
    pub sender: Sender,
    /// Number of the customer whose conversation it belongs to.
    pub conversation: u32,
    /// The assignment under which an agent wrote; zeros for customers.
    pub fence: Fence,
    /// When the schedule wanted it sent; for an answer, when the question was seen.
    pub intended_at: u64,
    /// When it was first handed to a socket.
    pub sent_at: u64,
    /// When its ack came.
    pub acked_at: u64,
    /// When the other side first saw it.
    pub seen_at: u64,
    /// The number that the ack gave it.
    pub seq: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// A customer's that was refused for a while (overload) and repeated, with later ones on their
    /// way already, which may rightly stand before it. An agent has one on its way at a time.
    pub delayed: bool,
}

/// How a viewer came to know a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenBy {
    /// A `message` frame.
    Frame,
    /// The ack of its own message.
    Ack,
    /// A `message` frame of one that changed; who does not know it draws it in its place.
    Change,
    /// Read over HTTP, to fill what a snapshot announced.
    Fetch,
    /// No message: a new connection, or a conversation newly assigned, starts after this `seq`.
    Start,
}

/// One thing that one viewer saw in one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub seq: u32,
    /// The operation it carries; [`Seen::NO_OP`] for the system's messages.
    pub op: u32,
    /// How.
    pub by: SeenBy,
}

impl Seen {
    /// A message that no client wrote.
    pub const NO_OP: u32 = u32::MAX;
}

/// Everything that one viewer saw of one conversation, in order of arrival.
#[derive(Debug, Clone)]
pub struct View {
    /// Who looked.
    pub viewer: Sender,
    /// At whose conversation.
    pub conversation: u32,
    /// What came.
    pub seen: Vec<Seen>,
}

/// An assignment as its agent was told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Number of the customer.
    pub conversation: u32,
    /// Number of the agent.
    pub agent: u32,
    /// The assignment it was.
    pub fence: Fence,
}

/// The whole history of a run.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Every operation; its index is its key.
    pub ops: Vec<Op>,
    /// Every (viewer, conversation) that saw anything.
    pub views: Vec<View>,
    /// Every assignment that an agent was told of.
    pub grants: Vec<Grant>,
}
