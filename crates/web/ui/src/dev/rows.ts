// Rows of administration for the stand-in gateway.
export function rows(_method: string, a: string, _b?: string, _c?: string, _body?: unknown): unknown {
  const page = (items: unknown[]) => ({ items, next: null });
  switch (a) {
    case 'canned-replies':
      return page([
        { id: 'k1', title: '贺卡代写说明', text: '贺卡免费代写，30 字以内，用洒金笺手写，随礼盒一起寄出，不含价签', shortcut: 'heka', scope: 'brand' },
        { id: 'k2', title: '贺卡常用落款', text: '送长辈：松鹤延年、福寿康宁；送同事：前程似锦、马到成功', shortcut: 'luokuan', scope: 'brand' },
        { id: 'k3', title: '企业贺礼起订量', text: '10 盒起享企业价，可印 Logo，打样 3 个工作日，开专票', shortcut: 'qiye', scope: 'team' },
      ]);
    case 'teams':
      return page([{ id: 'g1', name: '售前组', agent_ids: ['a1', 'a8', 'a9', 'a10'], skills: [], overflow: [] }, { id: 'g2', name: '售后组', agent_ids: ['a2', 'a3', 'a4', 'a5'], skills: ['退换货'], overflow: [{ team_id: 'g3', after_s: 420 }] }, { id: 'g3', name: '综合组', agent_ids: ['a6', 'a7'], skills: [], overflow: [] }]);
    case 'specialists':
      return page([{ id: 'sp1', name: '顾念', title: '茶艺顾问', line: '贺卡、改地址、企业礼品，都可以找我', capacity_per_day: 30, links: [], counts: { offered: 126, opened: 71, added: 47 } }, { id: 'sp2', name: '苏晚', title: '企业采购', line: '10 盒起的企业礼品找我', capacity_per_day: 20, links: [], counts: { offered: 40, opened: 21, added: 12 } }]);
    case 'fan-groups':
      return page([{ id: 'fg1', name: '春茶会友 3 群', line: '上新先知、周三开汤、群友价；满员自动换 4 群', members: 168, capacity: 200, counts: { offered: 60, opened: 30, joined: 21 } }]);
    default:
      return undefined;
  }
}
