// The words of a first sight, in Chinese; words.cards.ts has the rest. The other language stands in
// words.en.ts and has the shape of this one, so a missing word does not compile.

export const minutes = (s: number) => Math.max(1, Math.round(s / 60));

export const zh = {
  lang: 'zh-CN',
  /** Between two sentences. */
  colon: '：',
  chat: '在线客服',
  messages: '消息',
  close: '收起',
  more: '更多',
  hint: (s: number) => (s < 60 ? `一般 ${s} 秒内回复` : `一般 ${minutes(s)} 分钟内回复`),
  resting: '现在休息',
  human: '转人工',
  humanAsked: '已经在为您转人工',
  // line
  offline: '网络断了，消息会自动补发',
  retryNow: '现在重试',
  elsewhere: '已在别的窗口打开',
  continued: '这段对话已在微信里继续，之后的话这里看不到',
  continueHere: '在这里继续',
  forbidden: '暂时不能在这里咨询',
  protocol: '页面版本旧了，刷新后再试',
  identity: '身份没有通过验证，请重新登录后再试',
  missing: '这个客服入口已停用',
  reload: '刷新',
  loadFailed: '还没有接通',
  loadFailedHint: '您写的会先存在本机，接通后自动发出。',
  // composer
  write: '先把问题写下来',
  goOnAsking: '继续问，还是这条会话',
  reply: '回复',
  leaveMessage: '留言，上班后回复您',
  send: '发送',
  attach: '发送图片或文件',
  left: (n: number) => (n >= 0 ? `还可写 ${n} 字` : `多了 ${-n} 字`),
  outboxFull: '等待发送的消息太多了，请等网络恢复',
  dropHere: '松开就发送',
  // states of a message
  sending: '发送中',
  waitingLine: '等网络恢复',
  uploading: (part: number) => `上传 ${Math.round(part * 100)}%`,
  received: '已收到',
  read: '已读',
  notSent: '没有发出',
  // thread
  earlier: '看更早的消息',
  loading: '载入中…',
  newBelow: '有新消息',
  today: '今天',
  tomorrow: '明天',
  yesterday: '昨天',
  you: '我',
  typing: (name: string) => `${name || '客服'}正在输入…`,
  joined: (name: string) => `${name}来为您服务`,
  ended: (name: string) => (name ? `${name}结束了这次接待` : '这次接待结束了'),
  endedByYou: '您结束了这次咨询',
  endedSilent: '有一会儿没有新消息，这次接待先结束了',
  queued: '已为您排队',
  leftMessage: '留言已收到，我们会在这里回复您',
  recalled: (name: string) => (name ? `${name}撤回了一条消息` : '您撤回了一条消息'),
  // outside hours
  offHours: '现在不在服务时间',
  offHoursHint: '写下来，我们上班后就在这里回复您。',
  on: (day: string) => day,
  back: (day: string, time: string) => `${day} ${time} 回复您`,
  leaveFor: (back: string) => `留言，${back}`,
  // media
  picture: '图片',
  gone: '文件已不在',
  tryAgain: '重新载入',
};

export type Words = typeof zh;

/** The words for a tag such as `zh-Hans-CN` or `en-GB`: Chinese for Chinese, English, loaded when it is asked for, for all others. */
export async function wordsFor(tag: string): Promise<Words> {
  return /^zh\b/i.test(tag) ? zh : (await import('./words.en.ts')).en;
}
