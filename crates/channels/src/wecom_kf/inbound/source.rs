//! Where a customer came in, in words.

use kefu_domain::{Source, UnixMs, source::Place};
use kefu_wechat::kf::EnterSession;

/// The kinds are stable; the title is for people. The platform itself tells places in Channels and
/// the scene of a link, and nothing else. So a link that is put up somewhere says by the first word of
/// its scene where: `pay_…`, `search_…`, `qr_…` and so on. Without one, the place is `direct`, unless the
/// entry point's set-up says what that is.
pub(super) fn source(entered: &EnterSession, at: UnixMs) -> Source {
    let scene = words(&entered.scene);
    let param = words(&entered.scene_param);
    let (kind, title, detail) = match &entered.wechat_channels {
        Some(entry) => {
            let (kind, place) = channels(entry.scene);
            let owner = words(&entry.nickname).or(words(&entry.shop_nickname));
            let detail = [scene, param].into_iter().flatten().collect::<Vec<_>>();
            (kind, titled(place, owner), joined(&detail))
        }
        None => match scene {
            Some(scene) => {
                let (kind, place, which) = put_up(scene);
                (kind, titled(place, which), param.map(str::to_owned))
            }
            None => {
                let (kind, place) = Place::Direct.words();
                (kind, place.to_owned(), param.map(str::to_owned))
            }
        },
    };
    Source {
        kind: kind.to_owned(),
        title,
        detail,
        at,
        ..Source::default()
    }
}

/// The places of Channels, by the `scene` of `wechat_channels`.
fn channels(scene: i64) -> (&'static str, &'static str) {
    match scene {
        1 => ("channels_profile", "视频号主页"),
        2 => ("channels_live", "视频号直播间"),
        3 => ("channels_showcase", "视频号橱窗"),
        4 => ("channels_product", "视频号小店商品页"),
        5 => ("channels_order", "视频号小店订单页"),
        _ => ("channels", "视频号"),
    }
}

/// Where a link with this scene is put up, and which one of them it is.
fn put_up(scene: &str) -> (&'static str, &'static str, Option<&str>) {
    let (first, rest) = scene.split_once(['_', '-']).unwrap_or((scene, ""));
    let place = match first.to_ascii_lowercase().as_str() {
        "pay" => Place::Pay,
        "search" => Place::Search,
        "qr" => Place::Qr,
        "menu" => Place::Menu,
        "mini" => Place::Miniprogram,
        "app" => Place::App,
        _ => return ("link", "客服链接", Some(scene)),
    };
    let (kind, place) = place.words();
    let generic = rest.is_empty() || rest == "receipt" || rest == "code";
    (kind, place, (!generic).then_some(rest))
}

fn titled(place: &str, owner: Option<&str>) -> String {
    owner.map_or_else(|| place.to_owned(), |owner| format!("{place} · {owner}"))
}

fn joined(parts: &[&str]) -> Option<String> {
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn words(text: &Option<String>) -> Option<&str> {
    text.as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use kefu_wechat::kf::ChannelsEntry;

    use super::*;

    #[test]
    fn each_entry_has_its_own_attribution() {
        let link = |scene: &str, param: Option<&str>| EnterSession {
            scene: Some(scene.to_owned()),
            scene_param: param.map(str::to_owned),
            ..EnterSession::default()
        };
        let place = |scene, nickname: Option<&str>, shop: Option<&str>| EnterSession {
            wechat_channels: Some(ChannelsEntry {
                nickname: nickname.map(str::to_owned),
                shop_nickname: shop.map(str::to_owned),
                scene,
            }),
            ..EnterSession::default()
        };
        let tea = Some("溪山茶社");
        for (entered, kind, title, detail) in [
            (
                link("pay_receipt", Some("bill=7")),
                "pay",
                "微信支付凭证",
                Some("bill=7"),
            ),
            (
                link("pay_store12", None),
                "pay",
                "微信支付凭证 · store12",
                None,
            ),
            (link("search", None), "search", "微信搜一搜", None),
            (
                link("qr_table-5", Some("t=5")),
                "qr",
                "二维码 · table-5",
                Some("t=5"),
            ),
            (
                link("menu_service", None),
                "menu",
                "公众号菜单 · service",
                None,
            ),
            (
                link("mini-order", None),
                "miniprogram",
                "小程序 · order",
                None,
            ),
            (link("app", None), "app", "App", None),
            (link("waybill", None), "link", "客服链接 · waybill", None),
            (link("payroll", None), "link", "客服链接 · payroll", None),
            (EnterSession::default(), "direct", "微信客服", None),
            (
                place(1, tea, None),
                "channels_profile",
                "视频号主页 · 溪山茶社",
                None,
            ),
            (
                place(2, tea, None),
                "channels_live",
                "视频号直播间 · 溪山茶社",
                None,
            ),
            (
                place(3, tea, None),
                "channels_showcase",
                "视频号橱窗 · 溪山茶社",
                None,
            ),
            (
                place(4, None, tea),
                "channels_product",
                "视频号小店商品页 · 溪山茶社",
                None,
            ),
            (
                place(5, None, tea),
                "channels_order",
                "视频号小店订单页 · 溪山茶社",
                None,
            ),
            (place(9, None, None), "channels", "视频号", None),
        ] {
            let told = source(&entered, 7);
            assert_eq!(
                (
                    told.kind.as_str(),
                    told.title.as_str(),
                    told.detail.as_deref()
                ),
                (kind, title, detail)
            );
        }
    }
}
