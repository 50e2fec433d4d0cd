//! Files in and out.

use serde_json::json;

use crate::{
    tenants::bytes_of_a_picture,
    work::accepted,
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
async fn what_is_no_form_is_a_problem_like_any_other() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let (origin, bearer) = (world.origin(), format!("Bearer {}", guest.token));
    let staff = [
        ("cookie", world.cookie(As::Agent)),
        ("origin", origin.as_str()),
    ];
    for (target, who) in [
        ("/v1/media", &staff[..]),
        ("/v1/visitor/media", &[("authorization", bearer.as_str())]),
    ] {
        for kind in ["application/json", "multipart/form-data"] {
            let headers = [who, &[("content-type", kind)]].concat();
            let reply = world.raw("POST", target, &headers, b"{}").await;
            let refused = (415, "unsupported_type".to_owned());
            assert_eq!(reply.refusal(), refused, "{target} {kind}");
        }
    }
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
    let largest = upload(&world, "media", "x", &vec![1; 30 << 20]).await;
    assert_eq!(largest.status, 200);
    let larger = upload(&world, "media", "x", &vec![1; (30 << 20) + 1]).await;
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
        415
    );
}

/// What a visitor's upload is answered.
async fn visitors(world: &World, token: &str, bytes: &[u8]) -> crate::http::Reply {
    let kind = format!("multipart/form-data; boundary={BORDER}");
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", &kind)];
    let body = form("media", "茶.bin", bytes);
    crate::http::send(world.addr, "POST", "/v1/visitor/media", &headers, &body).await
}

#[tokio::test]
async fn visitors_upload_so_much_an_hour_and_a_brand_so_much_a_day() {
    let world = World::with(|settings| {
        settings.limits.upload_bytes_per_visitor_hour = 3_000;
        settings.limits.upload_bytes_per_brand_day = 4_500;
    })
    .await;
    let shop = world.shop().await;
    let one = world.visitor(&shop, "一").await;
    let other = world.visitor(&shop, "二").await;
    let refused = async |token: &str, size: usize, most_s: u32| {
        let reply = visitors(&world, token, &vec![1; size]).await;
        assert_eq!(reply.refusal(), (429, "rate_limited".to_owned()));
        let after: u32 = reply.header("retry-after").unwrap().parse().unwrap();
        assert!((most_s - 60..=most_s).contains(&after), "{after}");
    };
    for _ in 0..2 {
        assert_eq!(visitors(&world, &one.token, &[1; 1_500]).await.status, 200);
    }
    refused(&one.token, 1, 3_600).await;
    // The brand's day has room for half of what the other one sends.
    refused(&other.token, 3_000, 86_400).await;
    assert_eq!(
        visitors(&world, &other.token, &[1; 1_500]).await.status,
        200
    );
    refused(&other.token, 1, 86_400).await;
    // Words, and files of those who work here, go on.
    world.says(&one, "m2", "还在").await;
    assert_eq!(upload(&world, "media", "x", &[1; 9_000]).await.status, 200);
}

#[tokio::test]
async fn b80_a_picture_tells_nothing_beside_its_pixels_and_has_forty_million_at_most() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "看图").await;
    let chunk = |name: &[u8], body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[..], name, body, b"\0\0\0\0"].concat()
    };
    let png = |width: u32, height: u32, told: &[u8]| {
        let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
        let head = [&sides[..], &[8, 2, 0, 0, 0]].concat();
        let head = [b"\x89PNG\r\n\x1a\n", &chunk(b"IHDR", &head)[..]].concat();
        [&head[..], told, &chunk(b"IEND", b"")].concat()
    };
    let told = png(30, 20, &chunk(b"tEXt", b"GPS\x0031.2304N 121.4737E"));
    let kept = visitors(&world, &guest.token, &told).await;
    let kept = kept.json();
    assert_eq!((&kept["width"], &kept["size"]), (&30.into(), &45.into()));
    let target = format!("/v1/media/{}", kept["media_id"].as_str().unwrap());
    let shown = world
        .call(As::Agent, "GET", &target, serde_json::Value::Null)
        .await;
    assert_eq!(shown.bytes, png(30, 20, b""));
    let huge = png(8_001, 5_000, b"");
    for refused in [
        visitors(&world, &guest.token, &huge).await,
        upload(&world, "media", "x.png", &huge).await,
    ] {
        assert_eq!(refused.refusal(), (413, "too_large".to_owned()));
    }
    let large = upload(&world, "media", "x.png", &png(8_000, 5_000, b"")).await;
    assert_eq!(large.status, 200);
}

#[tokio::test]
async fn what_no_message_names_is_gone_after_a_day_and_nothing_else() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "看图").await;
    let reception = &world.gateway.reception;
    let keep = async |bytes: &[u8]| {
        let kept = visitors(&world, &guest.token, bytes).await.json();
        kept["media_id"].as_str().unwrap().to_owned()
    };
    let (named, loose) = (keep(b"named").await, keep(b"loose").await);
    let shared = keep(b"shared").await;
    let ours = upload(&world, "media", "x", b"shared").await.json();
    let ours = ours["media_id"].as_str().unwrap();
    let bearer = format!("Bearer {}", guest.token);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
    ];
    let body = serde_json::json!({ "client_msg_id": "f1", "msgtype": "file", "file": { "media_id": named } });
    let body = body.to_string();
    let target = "/v1/visitor/messages";
    let sent = crate::http::send(world.addr, "POST", target, &headers, body.as_bytes()).await;
    assert_eq!(sent.status, 200, "{}", sent.json());
    let status = async |id: &str| {
        let target = format!("/v1/media/{id}");
        let answer = world.call(As::Agent, "GET", &target, serde_json::Value::Null);
        answer.await.status
    };
    let files = || {
        let places = std::fs::read_dir(world.folder().join("media")).unwrap();
        let inside = |place: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_dir(place.unwrap().path()).unwrap().count()
        };
        places.map(inside).sum::<usize>()
    };
    let hours = |n: i64| reception.now() + n * 3_600_000;
    assert_eq!(reception.forget_files(hours(23)).await.unwrap(), 0);
    assert_eq!((status(&loose).await, files()), (200, 3));
    assert_eq!(reception.forget_files(hours(25)).await.unwrap(), 2);
    assert_eq!((status(&loose).await, status(&shared).await), (404, 404));
    assert_eq!((status(&named).await, status(ours).await), (200, 200));
    assert_eq!(files(), 2, "the bytes that another file has stay");
    // What is gone cannot be sent any more, and says so.
    let body = serde_json::json!({ "client_msg_id": "f2", "msgtype": "file", "file": { "media_id": loose } });
    let body = body.to_string();
    let late = crate::http::send(world.addr, "POST", target, &headers, body.as_bytes()).await;
    assert_eq!(late.refusal(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn a_visitor_has_what_was_sent_to_them_and_nobody_elses() {
    let world = World::start().await;
    let shop = world.shop().await;
    let (one, other) = (
        world.visitor(&shop, "一").await,
        world.visitor(&shop, "二").await,
    );
    accepted(&world, &one.session).await;
    let file = upload(&world, "media", "合同.png", &bytes_of_a_picture())
        .await
        .json();
    let fetch = async |token: &str| {
        let target = format!("/v1/visitor/media/{}", file["media_id"].as_str().unwrap());
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        crate::http::send(world.addr, "GET", &target, &headers, b"")
            .await
            .status
    };
    // Whoever knows its name has it not.
    assert_eq!(fetch(&one.token).await, 404);
    let target = format!("/v1/conversations/{}/messages", one.conversation);
    let sent = json!({ "client_msg_id": "f1", "msgtype": "image", "image": { "media_id": file["media_id"] } });
    world.done(As::Agent, "POST", &target, sent).await;
    assert_eq!(fetch(&one.token).await, 200);
    assert_eq!(fetch(&other.token).await, 404);
    let face = json!({ "logo_media_id": file["media_id"] });
    world.done(As::Admin, "PATCH", "/v1/brand", face).await;
    assert_eq!(fetch(&other.token).await, 200);
}

#[tokio::test]
async fn visitors_send_what_the_operator_lets_them_and_no_programs() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "看").await;
    let refused = (415, "unsupported_type".to_owned());
    let program = visitors(&world, &guest.token, b"MZ\x90\0").await;
    assert_eq!(program.refusal(), refused);
    assert_eq!(visitors(&world, &guest.token, b"tea").await.status, 200);
    // An agent may send what they like.
    let ours = upload(&world, "media", "茶.apk", b"MZ").await;
    assert_eq!(ours.status, 200);
    let world = World::with(|settings| settings.uploads.types = vec!["image/*".to_owned()]).await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "看").await;
    assert_eq!(
        visitors(&world, &guest.token, b"tea").await.refusal(),
        refused
    );
    let picture = visitors(&world, &guest.token, &bytes_of_a_picture()).await;
    assert_eq!(picture.status, 200);
    let body = serde_json::json!({ "entry_point_id": shop.door }).to_string();
    let headers = [("content-type", "application/json")];
    let opened = crate::http::send(
        world.addr,
        "POST",
        "/v1/visitor/open",
        &headers,
        body.as_bytes(),
    );
    let types = &opened.await.json()["limits"]["upload_types"];
    assert_eq!(types, &serde_json::json!(["image/*"]));
}
