//! The walls of the house: who may know whom, checked over the package graph and the source. Each
//! wall is also shown broken on purpose: a house with one thing wrong must be reported, and as that.

#[path = "walls/house.rs"]
mod house;
#[path = "walls/rules.rs"]
mod rules;

use house::{House, Source};
use rules::Breaches;

/// A change of the house that breaks a wall, and how that is reported.
type Broken<'a> = (&'a dyn Fn(&mut House), &'a str);

/// This house keeps a wall, and each change of it is reported in these words.
fn holds(wall: fn(&House) -> Breaches, broken: &[Broken<'_>]) {
    let house = House::read();
    assert_eq!(wall(&house), Breaches::new());
    assert!(!broken.is_empty(), "a wall that was never seen to hold");
    for (change, breach) in broken {
        let mut changed = house.clone();
        change(&mut changed);
        assert_eq!(wall(&changed), [*breach]);
    }
}

/// A manifest with one more dependency.
fn needs(package: &'static str, need: &'static str) -> impl Fn(&mut House) {
    move |house| {
        let needs = house.needs.get_mut(package).expect("a package");
        needs.push(need.to_owned());
    }
}

/// A room with one more source.
fn says(room: &'static str, text: &'static str) -> impl Fn(&mut House) {
    move |house| {
        house.sources.push(Source {
            room: room.to_owned(),
            text: text.to_owned(),
        });
    }
}

/// One more package.
fn package(name: &'static str) -> impl Fn(&mut House) {
    move |house| {
        house.needs.insert(name.to_owned(), Vec::new());
    }
}

#[test]
fn arrows_point_down_only() {
    holds(
        rules::arrows_point_down_only,
        &[
            (
                &needs("kefu-domain", "kefu-store"),
                "kefu-domain must not know kefu-store",
            ),
            (
                &needs("kefu-store", "kefu-queue"),
                "kefu-store must not know kefu-queue",
            ),
            (
                &needs("kefu-reception", "kefu-gateway"),
                "kefu-reception must not know kefu-gateway",
            ),
            (
                &needs("kefu-gateway", "kefu-simulator"),
                "kefu-gateway must not know kefu-simulator",
            ),
            (
                &needs("kefu-load", "kefu-store"),
                "kefu-load must not know kefu-store",
            ),
            (&package("kefu-attic"), "kefu-attic has no layer"),
        ],
    );
}

#[test]
fn the_ground_floor_does_no_io() {
    holds(
        rules::the_ground_floor_does_no_io,
        &[
            (&needs("kefu-domain", "tokio"), "domain knows tokio"),
            (
                &says("domain", "let now = SystemTime::now();"),
                "domain says SystemTime::now",
            ),
            (&says("domain", "use std::fs;"), "domain says std::fs"),
            (
                &says("domain", "pub async fn route() {}"),
                "domain says async fn",
            ),
        ],
    );
}

#[test]
fn one_crate_names_each_outside_thing() {
    holds(
        rules::one_crate_names_each_outside_thing,
        &[
            (
                &needs("kefu-reception", "rusqlite"),
                "kefu-reception knows rusqlite",
            ),
            (&needs("kefu-gateway", "redis"), "kefu-gateway knows redis"),
            (
                &needs("kefu-reception", "kefu-wechat"),
                "kefu-reception knows kefu-wechat",
            ),
            (
                &says("reception", "rusqlite::Connection::open(path)"),
                "reception says rusqlite::",
            ),
        ],
    );
}

#[test]
fn only_the_composition_names_backends_together() {
    holds(
        rules::only_the_composition_names_backends_together,
        &[(
            &says(
                "reception",
                "match kind { 0 => Sqlite::open(), _ => Redis::connect() }",
            ),
            "reception names two backends",
        )],
    );
}

#[test]
fn only_wire_crates_know_wechats_own_field_names() {
    holds(
        rules::only_wire_crates_know_wechats_own_field_names,
        &[
            (
                &says("gateway", "query.get(\"msg_signature\")"),
                "gateway speaks WeChat",
            ),
            (
                &says("reception", "let url = \"/cgi-bin/kf/send_msg\";"),
                "reception speaks WeChat",
            ),
        ],
    );
}

#[test]
fn only_the_doors_choose_http_statuses() {
    holds(
        rules::only_the_doors_choose_http_statuses,
        &[(
            &says("reception", "return Err(StatusCode::CONFLICT);"),
            "reception chooses HTTP statuses",
        )],
    );
}

#[test]
fn reception_asks_what_a_channel_can_do_not_what_it_is_called() {
    holds(
        rules::reception_asks_what_a_channel_can_do_not_what_it_is_called,
        &[(
            &says("reception", "if door.channel == \"wecom_kf\" {"),
            "reception names wecom_kf",
        )],
    );
}

#[test]
fn nothing_is_called_common_or_utils() {
    holds(
        rules::nothing_is_called_common_or_utils,
        &[(&package("kefu-utils"), "kefu-utils is a name for anything")],
    );
}

#[test]
fn every_metric_stands_in_the_table() {
    holds(
        rules::every_metric_stands_in_the_table,
        &[
            (
                &says(
                    "media",
                    "metrics::counter!(\"kefu_x_total\", \"a\" => b(\"c\")).increment(1);",
                ),
                "counter kefu_x_total [\"a\"] is told by nobody's table",
            ),
            (
                &|house: &mut House| {
                    for source in &mut house.sources {
                        source.text = source.text.replace("kefu_queue_up", "kefu_sockets");
                    }
                },
                "gauge kefu_queue_up [] is never told",
            ),
        ],
    );
}

/// Comments and tests may name what code may not.
#[test]
fn words_count_only_in_code() {
    let mut house = House::read();
    let harmless = [
        "/// Never calls `SystemTime::now`.\nfn clock() {}",
        "fn clock() {}\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
    ];
    for text in harmless {
        says("domain", text)(&mut house);
    }
    assert_eq!(rules::the_ground_floor_does_no_io(&house), Breaches::new());
}
