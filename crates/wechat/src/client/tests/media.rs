//! Files up and down.

use super::*;

pub(super) fn upload(file_name: &str, bytes: &'static [u8]) -> Upload {
    Upload {
        kind: UploadKind::Image,
        file_name: file_name.into(),
        content_type: "image/png".into(),
        bytes: bytes::Bytes::from_static(bytes),
    }
}

#[tokio::test]
async fn a_file_goes_up_under_its_own_name() {
    let answer =
        r#"{"errcode":0,"errmsg":"","type":"image","media_id":"mDEMO","created_at":"1700000000"}"#;
    let stub = platform(move |_| json(answer)).await;
    let app = app_at(&stub.base);
    let done = app
        .upload(upload("../尺码\"\r\n表.png", b"\x89PNG12345"))
        .await
        .unwrap();
    assert_eq!(
        (done.media_id.as_str(), done.created_at),
        ("mDEMO", 1_700_000_000)
    );
    let heard = &stub.heard("media/upload")[0];
    assert_eq!(heard.query, "access_token=T0k&type=image");
    let body = String::from_utf8_lossy(&heard.body);
    let part = "form-data; name=\"media\"; filename=\".._尺码___表.png\"";
    assert!(body.contains(part) && body.contains("image/png"), "{body}");
    assert!(body.contains("PNG12345"));
    let long = format!("{}.png", "长".repeat(100));
    app.upload(upload(Box::leak(long.into_boxed_str()), b"\x89PNG12345"))
        .await
        .unwrap();
    let body = stub.heard("media/upload")[1].body.clone();
    let kept = format!("filename=\"{}.png\"", "长".repeat(65));
    assert!(String::from_utf8_lossy(&body).contains(&kept));
}

fn file(headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Raw(
        format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes(),
    )
}

#[tokio::test]
async fn a_file_comes_down_within_its_bound() {
    let stub = platform(|heard| match heard.query.rsplit_once('=').unwrap().1 {
        "picture" => file(
            "Content-Type: image/png\r\nContent-disposition: attachment; filename=\"图.png\"\r\n",
            "PNG!",
        ),
        "json" => file(
            "Content-Type: application/json\r\nContent-Disposition: attachment; filename=a.json\r\n",
            r#"{"errcode":40007}"#,
        ),
        "empty" => json(r#"{"errcode":0,"errmsg":"ok"}"#),
        _ => json(r#"{"errcode":40007,"errmsg":"invalid media_id"}"#),
    })
    .await;
    let app = app_at(&stub.base);
    let picture = app.download("picture").await.unwrap();
    assert_eq!(picture.content_type(), Some("image/png"));
    assert_eq!(
        (picture.file_name().as_deref(), picture.length()),
        (Some("图.png"), Some(4))
    );
    assert_eq!(picture.bytes(4).await.unwrap(), b"PNG!");
    let failure = app
        .download("picture")
        .await
        .unwrap()
        .bytes(3)
        .await
        .unwrap_err();
    assert_eq!(failure.fault, Fault::Permanent);

    let json = app.download("json").await.unwrap();
    assert_eq!(json.file_name().as_deref(), Some("a.json"));
    assert_eq!(
        json.bytes(99).await.unwrap(),
        br#"{"errcode":40007}"#,
        "a file of JSON is a file"
    );
    assert_eq!(app.download("gone").await.unwrap_err().code, Some(40007));
    assert_eq!(
        app.download("empty").await.unwrap_err().fault,
        Fault::Unknown
    );
}

#[tokio::test]
async fn a_download_renews_a_stale_token_too() {
    let granted = AtomicUsize::new(0);
    let stub = Stub::start(move |heard| {
        if heard.path == "/cgi-bin/gettoken" {
            return grant(
                format_args!("T0k-{}", granted.fetch_add(1, Ordering::SeqCst)),
                7_200,
            );
        }
        if heard.query.contains("T0k-0") {
            return json(r#"{"errcode":40014,"errmsg":"invalid access_token"}"#);
        }
        file("Content-Type: image/png\r\n", "PNG!")
    })
    .await;
    let picture = app_at(&stub.base).download("m").await.unwrap();
    assert_eq!(picture.bytes(9).await.unwrap(), b"PNG!");
    assert_eq!(stub.heard("gettoken").len(), 2);
}
