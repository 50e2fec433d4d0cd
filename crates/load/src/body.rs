//! What the generated messages say. Each carries its own key, so that a message found anywhere —
//! in a frame, in the store — tells which operation made it and whether a byte of it changed.

/// One run's keys: two runs against the same gateway never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run(pub u32);

/// What a stored or delivered text turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The untouched text of this operation.
    Op(u32),
    /// It claims to be this operation, but the text is another.
    Altered(u32),
    /// Not of this run.
    Foreign,
}

/// Length of a key in bytes: `L`, run, `-`, operation, both in eight hex digits.
pub const KEY_LEN: usize = 18;

/// What fills a message up to about 200 bytes of JSON; which one is fixed by the operation.
const PHRASES: [&str; 8] = [
    "您好，请问这款乌龙茶现在还有货吗？我想买两盒送给长辈，能今天发货的话最好了。",
    "有的，今天下午四点前下单可以当天发出，默认顺丰，到南京大约两天，请您放心。",
    "那检测报告可以发我看一下吗？上次在直播间听主播说过，一直没有找到在哪里看。",
    "可以的，我把今年春天的农残检测报告发给您，一共三页，重点看第二页的结论。",
    "Could you tell me whether the gift box fits a standard parcel locker? Thank you very much.",
    "It does: 32 × 22 × 9 cm. We also add an inner box, so that the tins do not get dented.",
    "好的，我先下单一盒试试，喝着好再给同事们带几盒，发票抬头等会儿发给您可以吗？",
    "没问题，发票随时都能开，下单以后在订单详情里点申请开票，填好抬头即可收到。",
];

/// Appends the key of `op`: also its client message id.
pub fn write_key(run: Run, op: u32, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let hex = |value: u32, out: &mut Vec<u8>| {
        for shift in (0..8).rev() {
            out.push(HEX[(value >> (shift * 4) & 15) as usize]);
        }
    };
    out.push(b'L');
    hex(run.0, out);
    out.push(b'-');
    hex(op, out);
}

/// Reads a key; `None` when it is not one of this run.
pub fn read_key(run: Run, text: &[u8]) -> Option<u32> {
    let hex = |digits: &[u8]| {
        digits.iter().try_fold(0u32, |sum, byte| {
            let digit = (*byte as char).to_digit(16)?;
            Some(sum << 4 | digit)
        })
    };
    let text = text.get(..KEY_LEN)?;
    let own = text[0] == b'L' && text[9] == b'-' && hex(&text[1..9])? == run.0;
    if own { hex(&text[10..]) } else { None }
}

/// Appends the whole text of `op`; it needs no JSON escapes.
pub fn write(run: Run, op: u32, out: &mut Vec<u8>) {
    write_key(run, op, out);
    out.push(b' ');
    out.extend_from_slice(phrase(op).as_bytes());
}

/// Tells what `text` is.
pub fn read(run: Run, text: &[u8]) -> Found {
    match read_key(run, text) {
        None => Found::Foreign,
        Some(op) => match text[KEY_LEN..].strip_prefix(b" ") {
            Some(rest) if rest == phrase(op).as_bytes() => Found::Op(op),
            _ => Found::Altered(op),
        },
    }
}

fn phrase(op: u32) -> &'static str {
    PHRASES[op as usize % PHRASES.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_tells_its_operation_and_every_change() {
        let run = Run(0xdead_beef);
        for op in [0, 1, 7, 250_000, u32::MAX] {
            let mut text = Vec::new();
            write(run, op, &mut text);
            assert_eq!(read(run, &text), Found::Op(op));
            assert_eq!(read(Run(1), &text), Found::Foreign);
            text.push(b'!');
            assert_eq!(read(run, &text), Found::Altered(op));
        }
        assert_eq!(read(run, b"Lzz"), Found::Foreign);
        assert_eq!(read(run, "您好，很高兴为您服务".as_bytes()), Found::Foreign);
    }

    #[test]
    fn a_send_is_about_200_bytes_of_json() {
        for op in 0..8 {
            let mut text = Vec::new();
            write(Run(1), op, &mut text);
            let overhead = r#"{"op":"send","id":"","msgtype":"text","text":{"content":""}}"#.len();
            let len = text.len() + overhead + KEY_LEN;
            assert!((180..230).contains(&len), "phrase {op} makes {len} bytes");
            let quoted = format!("\"{}\"", String::from_utf8(text.clone()).unwrap());
            assert_eq!(
                serde_json::from_str::<String>(&quoted)
                    .unwrap()
                    .into_bytes(),
                text
            );
        }
    }
}
