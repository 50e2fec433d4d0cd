//! The frames that players send, written straight into the send buffer.

use crate::body::{self, Run};

/// A customer's `hello`, resuming after `seq` and `rev`.
pub(super) fn visitor_hello(out: &mut Vec<u8>, token: &str, epoch: &str, seq: u32, rev: u64) {
    let hello =
        format!(r#"{{"op":"hello","token":"{token}","epoch":"{epoch}","seq":{seq},"rev":{rev}}}"#);
    out.extend_from_slice(hello.as_bytes());
}

/// A customer's text.
pub(super) fn visitor_send(out: &mut Vec<u8>, run: Run, op: u32) {
    out.extend_from_slice(br#"{"op":"send","id":""#);
    body::write_key(run, op, out);
    finish_text(out, run, op);
}

/// An agent's text.
pub(super) fn agent_send(out: &mut Vec<u8>, run: Run, op: u32, conversation_id: &str, fence: u64) {
    out.extend_from_slice(br#"{"op":"send","id":""#);
    body::write_key(run, op, out);
    out.extend_from_slice(br#"","conversation_id":""#);
    out.extend_from_slice(conversation_id.as_bytes());
    out.extend_from_slice(br#"","fence":"#);
    number(out, fence);
    out.extend_from_slice(br#","msgtype":"text","text":{"content":""#);
    body::write(run, op, out);
    out.extend_from_slice(br#""}}"#);
}

/// An agent's `close`; its id names the session's conversation and fence. With what they have read, it is
/// refused if the customer has gone on.
pub(super) fn close(out: &mut Vec<u8>, id: &str, session_id: &str, fence: u64, seen: Option<u32>) {
    let seen = seen.map_or(String::new(), |seen| format!(r#","seen_seq":{seen}"#));
    let close = format!(
        r#"{{"op":"close","id":"{id}","session_id":"{session_id}","fence":{fence}{seen}}}"#
    );
    out.extend_from_slice(close.as_bytes());
}

fn finish_text(out: &mut Vec<u8>, run: Run, op: u32) {
    out.extend_from_slice(br#"","msgtype":"text","text":{"content":""#);
    body::write(run, op, out);
    out.extend_from_slice(br#""}}"#);
}

fn number(out: &mut Vec<u8>, value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn json(write: impl FnOnce(&mut Vec<u8>)) -> Value {
        let mut out = Vec::new();
        write(&mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn every_frame_is_the_json_of_the_protocol() {
        let hello = json(|out| visitor_hello(out, "tok", "ep", 12, 3));
        assert_eq!((&hello["seq"], &hello["rev"]), (&12.into(), &3.into()));
        let send = json(|out| visitor_send(out, Run(1), 5));
        assert_eq!(
            (&send["op"], &send["msgtype"]),
            (&"send".into(), &"text".into())
        );
        assert!(
            send["text"]["content"]
                .as_str()
                .unwrap()
                .starts_with(send["id"].as_str().unwrap())
        );
        let reply = json(|out| agent_send(out, Run(1), 6, "01J", 70));
        assert_eq!(
            (&reply["fence"], &reply["conversation_id"]),
            (&70.into(), &"01J".into())
        );
        assert_eq!(
            json(|out| close(out, "x0-1", "01S", 0, Some(7)))["session_id"],
            "01S"
        );
        assert_eq!(json(|out| number(out, 0)), 0);
        assert_eq!(json(|out| number(out, u64::MAX)), u64::MAX);
    }
}
