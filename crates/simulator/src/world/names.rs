//! Names for people who have none yet. Made up from common characters; nobody is meant.

use crate::ids::Ids;

const SURNAMES: [&str; 24] = [
    "周", "林", "陈", "沈", "许", "何", "吴", "徐", "郑", "宋", "唐", "韩", "冯", "程", "曹", "袁",
    "邓", "傅", "苏", "蒋", "蔡", "贾", "丁", "薛",
];
const GIVEN: [&str; 32] = [
    "砚", "知夏", "明远", "清和", "若溪", "一诺", "景行", "书言", "子墨", "雨桐", "思齐", "安然",
    "予安", "星野", "沐白", "南乔", "青禾", "云舒", "以宁", "望舒", "亦辰", "听澜", "晚晴", "见山",
    "嘉树", "听雨", "时雨", "怀瑾", "采薇", "知行", "长宁", "初一",
];
const NICKNAMES: [&str; 12] = [
    "一只小橘猫",
    "山间明月",
    "爱喝茶的老李",
    "小确幸",
    "今天也要早睡",
    "向阳而生",
    "豆豆妈",
    "阿福",
    "风起云涌",
    "慢慢来",
    "桃子汽水",
    "平安是福",
];

/// A nickname: mostly a name, sometimes what people call themselves.
pub(crate) fn nickname(ids: &mut Ids) -> String {
    let mut pick = |list: &[&'static str]| list[(ids.number() % list.len() as u64) as usize];
    if pick(&["n", "n", "n", "x"]) == "x" {
        return pick(&NICKNAMES).to_owned();
    }
    format!("{}{}", pick(&SURNAMES), pick(&GIVEN))
}
