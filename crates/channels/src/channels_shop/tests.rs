//! Recorded pushes of `fixtures/channels_shop`, each with what it becomes, and what is refused.

crate::push::recorded::tests!(super::channel);
