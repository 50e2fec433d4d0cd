//! Files both ways: uploaded once, again where the platform lost them, refused where it takes none;
//! fetched by id, or by the address that is given instead.

use bytes::Bytes;
use kefu_simulator::AppKind;
use serde_json::json;

use crate::bench::Bench;
use crate::kit::{PNG, content};

#[tokio::test]
async fn a_picture_is_uploaded_once_and_again_when_it_is_lost() {
    let bench = Bench::of(AppKind::OfficialAccount).await;
    let to = bench.writer("lan").await;
    let picture = || content("image", json!({ "media_id": "png" }));
    bench.say(1, &to, picture()).await.unwrap();
    bench.say(2, &to, picture()).await.unwrap();
    assert_eq!(bench.asked("media/upload").await, 1);
    let send = "message/custom/send";
    bench
        .fault(json!({ "kind": "errcode", "path": send, "code": 40007 }))
        .await;
    bench.say(3, &to, picture()).await.unwrap();
    assert_eq!(bench.asked("media/upload").await, 2);
    assert_eq!(bench.shown("lan").await.len(), 3);
}

#[tokio::test]
async fn a_film_goes_out_with_its_first_picture_or_a_neutral_one() {
    let mut bench = Bench::of(AppKind::OfficialAccount).await;
    let to = bench.writer("lan").await;
    let film = |id: &str| content("video", json!({ "media_id": id }));
    let uploads = "calls?way=call&limit=10000&path=media/upload";
    let thumbs = async |bench: &Bench| {
        let calls = bench.look(uploads).await["calls"].clone();
        let calls = calls.as_array().unwrap().iter();
        let notes = calls.filter_map(|call| call["note"].as_str());
        let thumbs = notes.filter(|note| note.starts_with("thumb"));
        thumbs.map(str::to_owned).collect::<Vec<_>>()
    };
    // Nothing here can look into films.
    bench.say(1, &to, film("mp4")).await.unwrap();
    bench.say(2, &to, film("mp4")).await.unwrap();
    let neutral = thumbs(&bench).await;
    assert_eq!(neutral.len(), 1, "one for all films: {neutral:?}");
    assert!(neutral[0].ends_with("film.jpg"), "{neutral:?}");
    // The platform loses both files early.
    let send = "message/custom/send";
    bench
        .fault(json!({ "kind": "errcode", "path": send, "code": 40007 }))
        .await;
    bench.say(3, &to, film("mp4")).await.unwrap();
    assert_eq!(thumbs(&bench).await.len(), 2);
    let first = (
        Bytes::from_static(b"\xFF\xD8\xFF\xE0 the first"),
        "tea.jpg".into(),
        "image/jpeg".into(),
    );
    bench.files.0.insert("mp4.still.jpg".into(), first);
    bench.say(4, &to, film("mp4")).await.unwrap();
    let own = thumbs(&bench).await;
    assert!(own.iter().any(|note| note.ends_with("tea.jpg")), "{own:?}");
    assert_eq!(bench.shown("lan").await.len(), 4);
}

#[tokio::test]
async fn the_picture_of_a_card_is_put_into_a_form_that_the_platform_takes() {
    let mut bench = Bench::of(AppKind::MiniProgram).await;
    let to = bench.writer("lan").await;
    let page = |picture: &str| {
        let page =
            json!({ "title": "茶", "appid": "", "pagepath": "pages/a", "thumb_media_id": picture });
        content("miniprogram", page)
    };
    let uploaded = async |bench: &Bench| {
        let calls = bench
            .look("calls?way=call&limit=100&path=media/upload")
            .await;
        let notes = calls["calls"].as_array().unwrap().iter();
        let notes = notes.filter_map(|call| call["note"].as_str().map(str::to_owned));
        notes.collect::<Vec<_>>()
    };
    bench.say(1, &to, page("webp")).await.unwrap();
    let plain = uploaded(&bench).await;
    assert!(
        plain[0].ends_with("card.png"),
        "nobody can change it here: {plain:?}"
    );
    let small = (
        Bytes::from_static(b"\xFF\xD8\xFF\xE0 small"),
        "webp.jpg".into(),
        "image/jpeg".into(),
    );
    bench.files.0.insert("webp.jpg".into(), small);
    bench.say(2, &to, page("webp")).await.unwrap();
    let own = uploaded(&bench).await;
    assert!(own.iter().any(|note| note.ends_with("webp.jpg")), "{own:?}");
}

#[tokio::test]
async fn what_the_platform_does_not_take_is_refused_in_words() {
    for kind in [AppKind::OfficialAccount, AppKind::MiniProgram] {
        let bench = Bench::of(kind).await;
        let to = bench.writer("lan").await;
        let picture = content("image", json!({ "media_id": "webp" }));
        let fault = bench.say(1, &to, picture).await.unwrap_err();
        assert_eq!(fault.failure.code, "unfit_file");
        let gone = content("image", json!({ "media_id": "nowhere" }));
        let fault = bench.say(2, &to, gone).await.unwrap_err();
        assert_eq!(fault.failure.code, "file_gone");
        assert_eq!(bench.asked("media/upload").await, 0);
    }
    // A shop takes it as a file.
    let bench = Bench::of(AppKind::Shop).await;
    let to = bench.writer("lan").await;
    let picture = content("image", json!({ "media_id": "webp" }));
    bench.say(1, &to, picture).await.unwrap();
    assert_eq!(bench.shown("lan").await[0]["msgtype"], "file");
}

#[tokio::test]
async fn a_film_comes_from_the_address_that_is_given_instead() {
    let bench = Bench::of(AppKind::OfficialAccount).await;
    const FILM: &[u8] = b"\0\0\0\x18ftypmp42........";
    for (kind, bytes) in [("image", PNG), ("video", FILM)] {
        let id = bench.theirs(kind, bytes).await;
        let fetched = bench.channel.fetch(&bench.connection, &id, 1 << 20).await;
        assert_eq!(fetched.unwrap().bytes, bytes, "{kind}");
        let small = bench.channel.fetch(&bench.connection, &id, 4).await;
        assert!(small.is_err(), "no more than was asked for");
    }
    let lost = bench
        .channel
        .fetch(&bench.connection, "gone", 1 << 20)
        .await;
    assert_eq!(lost.unwrap_err().failure.code, "40007");
}

#[tokio::test]
async fn a_shops_file_is_fetched_by_its_address_and_no_other_host_of_ours() {
    let bench = Bench::of(AppKind::Shop).await;
    let id = bench.theirs("image", PNG).await;
    let at = |base: &str| format!("{base}/cos/{id}");
    let home = at(&bench.platform.base_url());
    let fetched = bench.channel.fetch(&bench.connection, &home, 1 << 20).await;
    assert_eq!(fetched.unwrap().bytes, PNG);
    for inside in [
        "http://127.0.0.1:1",
        "http://169.254.169.254",
        "http://[::1]:80",
    ] {
        let fetched = bench
            .channel
            .fetch(&bench.connection, &at(inside), 1 << 20)
            .await;
        assert_eq!(fetched.unwrap_err().failure.code, "url_forbidden");
    }
}
