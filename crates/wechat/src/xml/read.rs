//! The reader: one pass, one stack, no recursion.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::{Element, MAX_BYTES, MAX_DEPTH, MAX_NODES, XmlError};

/// Reads one document into a tree.
///
/// # Errors
/// [`XmlError`]; nothing of a refused document is returned.
pub fn read(bytes: &[u8]) -> Result<Element, XmlError> {
    if bytes.len() > MAX_BYTES {
        return Err(XmlError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::Encoding)?;
    if text.contains('\0') {
        return Err(XmlError::Encoding);
    }
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    reader.config_mut().expand_empty_elements = true;

    let mut builder = Builder::default();
    loop {
        match reader.read_event().map_err(|_| XmlError::Malformed)? {
            Event::Start(start) => builder.open(&start)?,
            Event::End(_) => builder.close()?,
            Event::Text(text) => builder.text(&text)?,
            Event::CData(text) => builder.cdata(&text)?,
            Event::GeneralRef(reference) => builder.reference(&reference)?,
            Event::Decl(decl) => require_utf8(&decl)?,
            Event::Comment(_) | Event::PI(_) => builder.count()?,
            Event::DocType(_) => return Err(XmlError::Forbidden),
            Event::Empty(_) => return Err(XmlError::Malformed),
            Event::Eof => return builder.finish(),
        }
    }
}

/// A declaration may name an encoding, but only the one that was checked.
fn require_utf8(decl: &BytesDecl<'_>) -> Result<(), XmlError> {
    match decl.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(_) => Err(XmlError::Encoding),
    }
}

#[derive(Default)]
struct Builder {
    root: Option<Element>,
    open: Vec<Element>,
    nodes: usize,
}

impl Builder {
    fn count(&mut self) -> Result<(), XmlError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            Err(XmlError::TooManyNodes)
        } else {
            Ok(())
        }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        self.count()?;
        if self.root.is_some() {
            return Err(XmlError::NotOneRoot);
        }
        if self.open.len() == MAX_DEPTH {
            return Err(XmlError::TooDeep);
        }
        let name = start.name().as_ref().to_owned();
        if name.is_empty() {
            return Err(XmlError::Malformed);
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            self.count()?;
            let attribute = attribute.map_err(|_| XmlError::Malformed)?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| XmlError::Forbidden)?
                .into_owned();
            attributes.push((attribute.key.as_ref().to_owned(), value));
        }
        self.open.push(Element {
            name,
            attributes,
            ..Element::default()
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let done = self.open.pop().ok_or(XmlError::Malformed)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(XmlError::NotOneRoot),
        }
        Ok(())
    }

    fn cdata(&mut self, text: &str) -> Result<(), XmlError> {
        self.open
            .last_mut()
            .ok_or(XmlError::NotOneRoot)?
            .text
            .push_str(text);
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), XmlError> {
        let element = self.open.last_mut().ok_or(XmlError::NotOneRoot)?;
        if let Some(character) = reference
            .resolve_char_ref()
            .map_err(|_| XmlError::Malformed)?
        {
            element.text.push(character);
            return Ok(());
        }
        let entity = quick_xml::escape::resolve_xml_entity(reference);
        element.text.push_str(entity.ok_or(XmlError::Forbidden)?);
        Ok(())
    }

    fn finish(self) -> Result<Element, XmlError> {
        if !self.open.is_empty() {
            return Err(XmlError::Malformed);
        }
        self.root.ok_or(XmlError::NotOneRoot)
    }
}
