//! Where a customer came in, in words.

use kefu_domain::{Source, UnixMs};
use kefu_wechat::kf::EnterSession;

/// The kinds are stable; the title is for people. A place that the platform does not tell (search,
/// a menu, a pay receipt) is `direct`.
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
            Some(scene) => (
                "link",
                titled("客服链接", Some(scene)),
                param.map(str::to_owned),
            ),
            None => ("direct", "微信客服".to_owned(), param.map(str::to_owned)),
        },
    };
    Source {
        kind: kind.to_owned(),
        title,
        detail,
        url: None,
        at,
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
