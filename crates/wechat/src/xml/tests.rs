use proptest::prelude::*;

use super::*;

fn refused(document: &str) -> XmlError {
    read(document.as_bytes()).unwrap_err()
}

#[test]
fn a_callback_keeps_every_element_in_order() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml a=\"1\"><B>2</B>\n\
                <!-- c --><New><Item>x</Item><Item>y</Item></New><Empty/></xml>\n";
    let root = read(text.as_bytes()).unwrap();
    assert_eq!(root.attributes, [("a".to_owned(), "1".to_owned())]);
    let names: Vec<_> = root.children.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["B", "New", "Empty"]);
    assert_eq!(root.text_of("B"), Ok(Some("2")));
    assert_eq!(root.text_of("Empty"), Ok(Some("")));
    assert_eq!(root.text_of("Absent"), Ok(None));
    let items: Vec<_> = root.one("New").unwrap().unwrap().all("Item").collect();
    assert_eq!((items[0].text.as_str(), items[1].text.as_str()), ("x", "y"));
}

#[test]
fn text_is_joined_over_sections_and_references() {
    let text = "<x><a><![CDATA[尺码&颜色 <红> ]]]]><![CDATA[> 有货吗？]]></a>\
                <b>1 &lt; 2 &amp;&#x26;&#38; \r\n</b></x>";
    let root = read(text.as_bytes()).unwrap();
    assert_eq!(root.text_of("a"), Ok(Some("尺码&颜色 <红> ]]> 有货吗？")));
    assert_eq!(root.text_of("b"), Ok(Some("1 < 2 &&& \r\n")));
}

#[test]
fn a_doubled_element_is_reported_not_chosen() {
    let root = read(b"<x><a>1</a><b/><a>2</a></x>").unwrap();
    assert_eq!(root.text_of("a"), Err(Doubled("a".into())));
    assert_eq!(root.text_of("b"), Ok(Some("")));
}

#[test]
fn document_types_and_entities_are_forbidden() {
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
    assert_eq!(refused(laughs), XmlError::Forbidden);
    let file = "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/hostname\">]><x>&f;</x>";
    assert_eq!(refused(file), XmlError::Forbidden);
    assert_eq!(
        refused("<!DOCTYPE x SYSTEM \"http://127.0.0.1/x.dtd\"><x/>"),
        XmlError::Forbidden
    );
    assert_eq!(refused("<!doctype x><x/>"), XmlError::Forbidden);
    assert_eq!(refused("<x>&nbsp;</x>"), XmlError::Forbidden);
    assert_eq!(refused("<x a=\"&e;\"/>"), XmlError::Forbidden);
}

#[test]
fn size_depth_and_nodes_are_bounded() {
    assert_eq!(read(&vec![b' '; MAX_BYTES + 1]), Err(XmlError::TooLarge));
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(read(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(refused(&nested(MAX_DEPTH + 1)), XmlError::TooDeep);
    assert_eq!(refused(&"<a>".repeat(10_000)), XmlError::TooDeep);
    assert!(read(format!("<x>{}</x>", "<a/>".repeat(MAX_NODES - 1)).as_bytes()).is_ok());
    assert_eq!(
        refused(&format!("<x>{}</x>", "<a/>".repeat(MAX_NODES))),
        XmlError::TooManyNodes
    );
    let attributes: String = (0..20_000).map(|n| format!(" a{n}=\"\"")).collect();
    assert_eq!(
        refused(&format!("<x{attributes}/>")),
        XmlError::TooManyNodes
    );
    assert_eq!(
        refused(&format!("<x>{}</x>", "<!--c-->".repeat(2_000))),
        XmlError::TooManyNodes
    );
}

#[test]
fn only_utf8_is_read() {
    assert_eq!(read(b"<x>\xc4\xe3\xba\xc3</x>"), Err(XmlError::Encoding));
    assert_eq!(
        refused("<?xml version=\"1.0\" encoding=\"GBK\"?><x/>"),
        XmlError::Encoding
    );
    let utf16: Vec<u8> = "<x/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&utf16), Err(XmlError::Encoding));
    assert_eq!(
        read(&[&[0xff, 0xfe], &utf16[..]].concat()),
        Err(XmlError::Encoding)
    );
    assert_eq!(refused("<x>&#0;</x>"), XmlError::Malformed);
}

#[test]
fn broken_documents_are_refused() {
    for text in [
        "",
        " ",
        "words",
        "<x/><y/>",
        "<x/>junk",
        "junk<x/>",
        "<x/><![CDATA[junk]]>",
    ] {
        assert_eq!(refused(text), XmlError::NotOneRoot, "{text}");
    }
    let broken = [
        "<x>",
        "<x><a></x>",
        "<x></y>",
        "</x>",
        "<x",
        "<x><![CDATA[a</x>",
        "<>",
        "<x a a/>",
    ];
    for text in broken
        .into_iter()
        .chain(["<x a='1' a='2'/>", "<x>&#xfffffff;</x>", "<x>&lt</x>"])
    {
        assert_eq!(refused(text), XmlError::Malformed, "{text}");
    }
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), text in ".{0,200}") {
        let _ = read(&bytes);
        let _ = read(text.as_bytes());
    }

    #[test]
    fn reading_markup_never_panics(parts in prop::collection::vec(prop::sample::select(vec![
        "<", ">", "/", "<x>", "</x>", "<a b='c'", "<![CDATA[", "]]>", "<!--", "-->", "&", ";", "&#",
        "<?xml", "?>", "<!DOCTYPE", "[", "'", "\"", "=", "a", "é", "\u{feff}", "<a/>", " ",
    ]), 0..40)) {
        let _ = read(parts.concat().as_bytes());
    }
}
