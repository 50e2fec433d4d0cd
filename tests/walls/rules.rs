//! The walls: each looks at a house and says what breaks it.

use std::collections::BTreeSet;

use kefu_gateway::measured::METRICS;

use super::house::House;

/// Layers from the ground up; arrows point down only, and inside a layer nobody knows anybody.
const LAYERS: [&[&str]; 5] = [
    &["kefu-domain", "kefu-wechat", "kefu-web"],
    &[
        "kefu-store",
        "kefu-queue",
        "kefu-channels",
        "kefu-media",
        "kefu-notify",
    ],
    &["kefu-reception"],
    &["kefu-gateway", "kefu-simulator"],
    &["kefu"],
];

/// What a wall finds.
pub(crate) type Breaches = Vec<String>;

pub(crate) fn arrows_point_down_only(house: &House) -> Breaches {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let mut breaches = Vec::new();
    for (package, needs) in &house.needs {
        let ours = needs.iter().filter(|need| need.starts_with("kefu"));
        // The load tool judges the product, so it knows nobody's insides.
        let own = if package == "kefu-load" {
            Some(0)
        } else {
            layer(package)
        };
        let Some(own) = own else {
            breaches.push(format!("{package} has no layer"));
            continue;
        };
        for need in ours {
            if layer(need).is_none_or(|below| below >= own) {
                breaches.push(format!("{package} must not know {need}"));
            }
        }
    }
    breaches
}

pub(crate) fn the_ground_floor_does_no_io(house: &House) -> Breaches {
    let banned = ["tokio", "rusqlite", "redis", "reqwest", "axum", "hyper"];
    let words = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "SystemTime::now",
        "Instant::now",
        "async fn",
    ];
    let needs = banned
        .into_iter()
        .filter(|need| house.who_needs(need).contains(&"kefu-domain"));
    let said = words
        .into_iter()
        .filter(|word| house.who_says(&[word]).contains(&"domain"));
    needs
        .map(|need| format!("domain knows {need}"))
        .chain(said.map(|word| format!("domain says {word}")))
        .collect()
}

pub(crate) fn one_crate_names_each_outside_thing(house: &House) -> Breaches {
    let mut breaches = Vec::new();
    for (thing, owners) in [
        ("rusqlite", &["kefu-store"][..]),
        ("redis", &["kefu-queue"]),
        ("quick-xml", &["kefu-simulator", "kefu-wechat"]),
        ("kefu-wechat", &["kefu", "kefu-channels"]),
    ] {
        let strangers = house
            .who_needs(thing)
            .into_iter()
            .filter(|name| !owners.contains(name));
        breaches.extend(strangers.map(|name| format!("{name} knows {thing}")));
    }
    for (word, room) in [("rusqlite::", "store"), ("redis::Client", "queue")] {
        let strangers = house
            .who_says(&[word])
            .into_iter()
            .filter(|name| *name != room);
        breaches.extend(strangers.map(|name| format!("{name} says {word}")));
    }
    breaches
}

pub(crate) fn only_the_composition_names_backends_together(house: &House) -> Breaches {
    let redis = house.who_says(&["Redis::"]);
    house
        .who_says(&["Sqlite::", "sqlite::"])
        .into_iter()
        .filter(|name| redis.contains(name) && *name != "src/app.rs")
        .map(|name| format!("{name} names two backends"))
        .collect()
}

pub(crate) fn only_wire_crates_know_wechats_own_field_names(house: &House) -> Breaches {
    let words = [
        "\"sync_msg",
        "kf/send_msg",
        "EncodingAESKey",
        "\"access_token",
        "msg_signature",
    ];
    strangers(
        house,
        &words,
        // The load tool plays the platform towards a gateway, from outside.
        &["wechat", "channels", "simulator", "load"],
        "speaks WeChat",
    )
}

pub(crate) fn only_the_doors_choose_http_statuses(house: &House) -> Breaches {
    let allowed = [
        "gateway",
        "simulator",
        "wechat",
        "channels",
        "load",
        "notify",
        "src/command/demo.rs",
    ];
    strangers(house, &["StatusCode"], &allowed, "chooses HTTP statuses")
}

pub(crate) fn reception_asks_what_a_channel_can_do_not_what_it_is_called(
    house: &House,
) -> Breaches {
    let names = [
        "wecom_kf",
        "website",
        "app",
        "official_account",
        "mini_program",
        "channels_shop",
    ];
    names
        .into_iter()
        .filter(|name| {
            house
                .who_says(&[&format!("\"{name}\"")])
                .contains(&"reception")
        })
        .map(|name| format!("reception names {name}"))
        .collect()
}

pub(crate) fn nothing_is_called_common_or_utils(house: &House) -> Breaches {
    house
        .needs
        .keys()
        .filter(|name| name.contains("common") || name.contains("util"))
        .map(|name| format!("{name} is a name for anything"))
        .collect()
}

/// Each metric with its kind and labels, as the table has it and as the code says it.
pub(crate) fn every_metric_stands_in_the_table(house: &House) -> Breaches {
    let table: BTreeSet<String> = METRICS
        .iter()
        .map(|metric| shown(metric.kind.word(), metric.name, metric.labels))
        .collect();
    let mut said = BTreeSet::new();
    for call in house.calls("metrics::", &["counter", "gauge", "histogram"]) {
        let words: Vec<&str> = call.text.split('"').collect();
        let labels: Vec<&str> = words
            .windows(2)
            .skip(1)
            .step_by(2)
            .filter(|pair| pair[1].trim_start().starts_with("=>"))
            .map(|pair| pair[0])
            .collect();
        let name = words.get(1).copied().unwrap_or_default();
        said.insert(shown(call.word, name, &labels));
    }
    let unknown = said.difference(&table);
    let unsaid = table.difference(&said);
    unknown
        .map(|metric| format!("{metric} is told by nobody's table"))
        .chain(unsaid.map(|metric| format!("{metric} is never told")))
        .collect()
}

fn shown(kind: &str, name: &str, labels: &[&str]) -> String {
    format!("{kind} {name} {labels:?}")
}

/// Rooms that say these words and may not.
fn strangers(house: &House, words: &[&str], allowed: &[&str], breach: &str) -> Breaches {
    house
        .who_says(words)
        .into_iter()
        .filter(|name| !allowed.contains(name))
        .map(|name| format!("{name} {breach}"))
        .collect()
}
