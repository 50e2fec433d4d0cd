//! Recorded pushes of `fixtures/official_account`, each with what it becomes, and what is refused.

crate::push::recorded::tests!(super::channel);
