//! The knowledge base (知识库): questions that the platform's assistant answers, in groups.

use std::collections::BTreeMap;

use serde_json::Value;

/// Groups at most, the default one among them.
const GROUPS: usize = 100;
/// Questions of one group at most.
const INTENTS: usize = 200;
/// The group that is always there.
pub(crate) const DEFAULT_GROUP: &str = "kg0000000000";

/// A question with its answers.
#[derive(Debug, Clone)]
pub(crate) struct Intent {
    pub(crate) group_id: String,
    pub(crate) question: String,
    pub(crate) similar: Vec<String>,
    /// As they are listed.
    pub(crate) answers: Value,
}

/// Why it cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unkept {
    /// No such group or question.
    Unknown,
    /// The name, or the question, is there already.
    Taken,
    /// As many as there may be.
    Full,
    /// The default group stays as it is.
    Default,
}

/// Groups and questions, in the order in which they were made: their ids grow.
#[derive(Debug)]
pub(crate) struct Knowledge {
    pub(crate) groups: BTreeMap<String, String>,
    pub(crate) intents: BTreeMap<String, Intent>,
    made: u64,
}

impl Default for Knowledge {
    fn default() -> Self {
        Self {
            groups: BTreeMap::from([(DEFAULT_GROUP.to_owned(), "默认分组".to_owned())]),
            intents: BTreeMap::new(),
            made: 0,
        }
    }
}

impl Knowledge {
    fn mint(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}{:010}", self.made)
    }

    pub(crate) fn add_group(&mut self, name: &str) -> Result<String, Unkept> {
        self.free_name(name)?;
        if self.groups.len() >= GROUPS {
            return Err(Unkept::Full);
        }
        let id = self.mint("kg");
        self.groups.insert(id.clone(), name.to_owned());
        Ok(id)
    }

    pub(crate) fn rename_group(&mut self, id: &str, name: &str) -> Result<(), Unkept> {
        match self.groups.get(id) {
            None => Err(Unkept::Unknown),
            Some(before) if before == name => Ok(()),
            Some(_) => {
                self.free_name(name)?;
                self.groups.insert(id.to_owned(), name.to_owned());
                Ok(())
            }
        }
    }

    /// Removes a group with its questions.
    pub(crate) fn del_group(&mut self, id: &str) -> Result<(), Unkept> {
        if id == DEFAULT_GROUP {
            return Err(Unkept::Default);
        }
        self.groups.remove(id).ok_or(Unkept::Unknown)?;
        self.intents.retain(|_, intent| intent.group_id != id);
        Ok(())
    }

    pub(crate) fn add_intent(&mut self, intent: Intent) -> Result<String, Unkept> {
        if !self.groups.contains_key(&intent.group_id) {
            return Err(Unkept::Unknown);
        }
        self.free_question(&intent.question, None)?;
        let there = self.intents.values();
        if there.filter(|one| one.group_id == intent.group_id).count() >= INTENTS {
            return Err(Unkept::Full);
        }
        let id = self.mint("ki");
        self.intents.insert(id.clone(), intent);
        Ok(id)
    }

    /// Changes a question; each part that is given replaces the whole part.
    pub(crate) fn change_intent(
        &mut self,
        id: &str,
        question: Option<String>,
        similar: Option<Vec<String>>,
        answers: Option<Value>,
    ) -> Result<(), Unkept> {
        if let Some(question) = &question {
            self.free_question(question, Some(id))?;
        }
        let intent = self.intents.get_mut(id).ok_or(Unkept::Unknown)?;
        intent.question = question.unwrap_or_else(|| intent.question.clone());
        intent.similar = similar.unwrap_or_else(|| intent.similar.clone());
        if let Some(answers) = answers {
            intent.answers = answers;
        }
        Ok(())
    }

    fn free_name(&self, name: &str) -> Result<(), Unkept> {
        match self.groups.values().any(|other| other == name) {
            true => Err(Unkept::Taken),
            false => Ok(()),
        }
    }

    /// A question is asked once, whatever its group.
    fn free_question(&self, question: &str, of: Option<&str>) -> Result<(), Unkept> {
        let mut others = self
            .intents
            .iter()
            .filter(|(id, _)| Some(id.as_str()) != of);
        match others.any(|(_, other)| other.question == question) {
            true => Err(Unkept::Taken),
            false => Ok(()),
        }
    }
}
