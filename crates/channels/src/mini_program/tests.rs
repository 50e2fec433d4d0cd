//! Recorded pushes of `fixtures/mini_program`, each with what it becomes, and what is refused.

crate::push::recorded::tests!(super::channel);
