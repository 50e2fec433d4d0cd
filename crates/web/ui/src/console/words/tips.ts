// What stands beside a page of settings: what it changes, and an example. Loaded with settings only.
type Both = readonly [string, string];

export interface Tip {
  says: readonly Both[];
  example?: Both;
}

export const tips: Record<string, Tip> = {
  'canned-replies': {
    says: [
      ['在输入框里打 /，再打快捷词或标题里的字：Enter 插入，Alt Enter 直接发出。', 'Type / in the composer, then part of the shortcut or the title: Enter inserts it, Alt Enter sends it.'],
      ['有的渠道限制条数（微信客服 48 小时内 5 条），能一次说完的写成一条。', 'Some channels count replies (WeChat kf: five within 48 hours), so say in one message what fits in one.'],
    ],
    example: ['“{{customer}}您好，我是{{agent}}”发出时是“周砚您好，我是林知夏”。', '"Hello {{customer}}, this is {{agent}}" goes out as "Hello Zhou Yan, this is Lin Zhixia".'],
  },
  agents: {
    says: [
      ['接待上限按所有入口合计，到了这个数就不再分给他，客户留在队里等下一位有空的人。', 'The limit counts over all entry points. Who has reached it is given nobody; customers wait for whoever is free next.'],
      ['主管可以看监控、转接和接管同事的客户；管理员还能改这里的设置。', "Supervisors see the wall and can move or take over colleagues' customers; administrators also change settings."],
    ],
    example: ['给售后的人写上技能“退换货”，再在客服账号里要求这项技能，退换货就只分给他们。', 'Give after-sales people the skill "returns" and ask for it in the service account: only they are given its customers.'],
  },
  teams: {
    says: [
      ['客服账号把客户交给一个组，组里谁来接由账号的接待规则定。', 'A service account hands customers to a team; who of it takes them is up to the rules of the account.'],
      ['转到别的组，仍按原来的等待时间排，不用重新排队。', 'Who moves on to another team keeps their place by the time they have waited.'],
    ],
    example: ['售前组等 60 秒没有人能接，转到综合组。', 'When nobody of Sales can take a customer for 60 seconds, General may.'],
  },
  'kf-accounts': {
    says: [
      ['几个接入点可以共用一个客服账号，客户看到的名字、话术和时间都一样。', 'Several entry points can share an account: the same name, words and hours everywhere.'],
      ['会话列表的倒计时按“回复承诺”算，定一个做得到的。', 'The timers of the list count by the promise to reply. Promise what can be kept.'],
    ],
    example: ['菜单写“查物流、退换货、转人工”，客户点“转人工”就直接排队。', 'With the menu "Where is my parcel, Returns, 转人工" a tap on the last goes straight to the queue.'],
  },
  'entry-points': {
    says: [
      ['每个接入点都有自己的名字，接待时看得出客户从哪里来。', 'Each entry point has a name of its own: agents see where a customer came from.'],
      ['建好后，这一页给出要贴的代码、链接和二维码。', 'Once it is made, its page has the snippet, the link and the QR code.'],
    ],
    example: ['官网、包装上的二维码、公众号各建一个；暂停其中一个，别的照常。', 'One for the site, one for the code on packages, one for the official account; pausing one leaves the others alone.'],
  },
  connections: {
    says: [
      ['先建连接，再在它下面建接入点。按“测试连接”，哪里没配好一行一行写清楚。', 'First the connection, then entry points under it. "Test connection" says line by line what is not right yet.'],
      ['更换密钥时原来的一组仍然有效，平台上改好之前消息不会断。', 'After a change of keys the ones before stay valid, so that nothing is lost until the platform is changed over.'],
    ],
  },
  specialists: {
    says: [
      ['接待时点“升级服务”，名片就发到对话里：微信里是二维码，网站上是名片。', 'One click on "Hand over" puts the card into the chat: a code in WeChat, a card on a site.'],
      ['用连接生成的二维码，才知道是哪位客户加的，进度也才看得到。', 'Only codes made by a connection tell which customer added, and how far they came.'],
    ],
    example: ['“贺卡、改地址、企业礼品，都可以找我。”', '"Cards, changes of address, company gifts: ask me."'],
  },
  'fan-groups': {
    says: [
      ['邀请时按轮换次序，小的先用；满了自动换下一个。', 'Invitations use the smallest order first and move on to the next group when one is full.'],
      ['接上连接后，人数由企业微信告诉，不用自己记。', 'With a connection WeCom tells how many are in a group; nobody has to count.'],
    ],
  },
  brand: {
    says: [
      ['颜色用在网站聊天窗口上；太浅时会自动加深，白字看得清为止。', 'The colour is used by the chat on your site; one that is too light is darkened until white can be read on it.'],
      ['身份密钥只放在你们的服务器上，不要写进网页。', 'Keep the identity key on your server, never in a page.'],
    ],
  },
  'api-keys': {
    says: [
      ['放在请求头 Authorization: Bearer 里。接口说明在 /docs。', 'Goes into the header Authorization: Bearer. The API is described at /docs.'],
      ['密钥能做的和同一角色的人一样多；一个系统一把，停用时互不影响。', 'A key may do what a person of its role may. One for each system: ending one leaves the others alone.'],
    ],
  },
  webhooks: {
    says: [
      ['每次推送都带签名，用新建时给的密钥核对，不符的不要收。', 'Each call is signed. Check it with the secret that was shown once, and refuse what does not fit.'],
      ['对方没收到会重试，这一页看得到最近的每一次。', 'A call that fails is tried again; its page shows the latest of them.'],
    ],
  },
  outbox: {
    says: [
      ['临时的故障会自己重试，到这里的都要人看一眼原因。', 'Passing faults are retried by themselves; what arrives here needs somebody to look at the cause.'],
      ['重发用原来的编号，对方已经收到的不会再收一次。', 'A resend carries the same number, so what did arrive does not arrive twice.'],
    ],
  },
  audit: {
    says: [
      ['每一次分配、邀请、转接都在这里：谁接的，从什么时候到什么时候，为什么是他。', 'Each assignment, offer and transfer: who had the customer, from when to when, and why it was them.'],
      ['点客户的名字打开会话，里面能看到当时比较了谁、排除了谁。', 'The name of a customer opens the conversation, which says who was considered and who was not.'],
    ],
  },
};
