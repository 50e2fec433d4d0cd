//! Files in and out.

use crate::{
    tenants::bytes_of_a_picture,
    world::{As, World},
};

const BORDER: &str = "----kefu-test";

fn form(part: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BORDER}\r\ncontent-disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\ncontent-type: text/html\r\n\r\n"
    );
    [
        head.as_bytes(),
        bytes,
        format!("\r\n--{BORDER}--\r\n").as_bytes(),
    ]
    .concat()
}

pub(crate) async fn upload(
    world: &World,
    part: &str,
    name: &str,
    bytes: &[u8],
) -> crate::http::Reply {
    let (origin, kind) = (
        world.origin(),
        format!("multipart/form-data; boundary={BORDER}"),
    );
    let headers = [
        ("cookie", world.cookie(As::Agent)),
        ("origin", origin.as_str()),
        ("content-type", kind.as_str()),
    ];
    world
        .raw("POST", "/v1/media", &headers, &form(part, name, bytes))
        .await
}

#[tokio::test]
async fn a_file_is_what_its_bytes_say_and_runs_nowhere() {
    let world = World::start().await;
    let picture = upload(&world, "media", "../../茶.png", &bytes_of_a_picture())
        .await
        .json();
    assert_eq!(
        (&picture["mime"], &picture["width"]),
        (&"image/png".into(), &3.into())
    );
    assert_eq!(picture["name"], "茶.png");
    let page = upload(&world, "media", "page.html", b"<script>alert(1)</script>")
        .await
        .json();
    assert_eq!(page["mime"], "application/octet-stream");
    let fetch = async |id: &serde_json::Value, query: &str| {
        let target = format!("/v1/media/{}{query}", id.as_str().unwrap());
        world
            .call(As::Agent, "GET", &target, serde_json::Value::Null)
            .await
    };
    let shown = fetch(&picture["media_id"], "").await;
    assert_eq!(shown.bytes, bytes_of_a_picture());
    assert_eq!(shown.header("content-type"), Some("image/png"));
    assert!(
        shown
            .header("content-disposition")
            .unwrap()
            .starts_with("inline")
    );
    let saved = fetch(&picture["media_id"], "?download=1").await;
    let html = fetch(&page["media_id"], "").await;
    for reply in [saved, html] {
        assert!(
            reply
                .header("content-disposition")
                .unwrap()
                .starts_with("attachment")
        );
        assert_eq!(
            reply.header("content-type"),
            Some("application/octet-stream")
        );
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            reply.header("content-security-policy"),
            Some("sandbox; default-src 'none'")
        );
        assert!(
            reply
                .header("cache-control")
                .unwrap()
                .starts_with("private")
        );
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_or_without_a_file_is_refused() {
    let world = World::start().await;
    assert_eq!(
        upload(&world, "other", "x", b"x").await.refusal(),
        (400, "bad_request".to_owned())
    );
    assert_eq!(
        upload(&world, "media", "x", b"").await.refusal(),
        (400, "bad_request".to_owned())
    );
    let largest = upload(&world, "media", "x", &vec![1; 20 << 20]).await;
    assert_eq!(largest.status, 200);
    let larger = upload(&world, "media", "x", &vec![1; (20 << 20) + 1]).await;
    assert_eq!(larger.refusal(), (413, "too_large".to_owned()));
    let (origin, cookie) = (world.origin(), world.cookie(As::Agent));
    let plain = [
        ("cookie", cookie),
        ("origin", origin.as_str()),
        ("content-type", "text/plain"),
    ];
    assert_eq!(
        world
            .raw("POST", "/v1/media", &plain, b"x")
            .await
            .refusal()
            .0,
        400
    );
}
