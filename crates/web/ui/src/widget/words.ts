// Every word the visitor reads, in Chinese. The other language stands in words.en.ts and has the
// shape of this one, so a missing word does not compile.

export const minutes = (s: number) => Math.max(1, Math.round(s / 60));

export const zh = {
  lang: 'zh-CN',
  /** Between two sentences. */
  gap: '',
  colon: '：',
  chat: '在线客服',
  messages: '消息',
  close: '收起',
  more: '更多',
  hint: (s: number) => (s < 60 ? `一般 ${s} 秒内回复` : `一般 ${minutes(s)} 分钟内回复`),
  resting: '现在休息',
  human: '转人工',
  humanAsked: '已经在为您转人工',
  end: '结束咨询',
  endSure: '结束后可以随时再来，聊天记录都在。',
  leaveQueue: '离开排队',
  goOn: '再等等',
  cancel: '取消',
  soundOn: '打开提示音',
  soundOff: '关闭提示音',
  popout: '在新窗口打开',
  // line
  offline: '网络断了，消息会自动补发',
  connecting: '正在连接…',
  retryNow: '现在重试',
  elsewhere: '已在别的窗口打开',
  continueHere: '在这里继续',
  forbidden: '暂时不能在这里咨询',
  protocol: '页面版本旧了，刷新后再试',
  identity: '身份没有通过验证，请重新登录后再试',
  missing: '这个客服入口已停用',
  reload: '刷新',
  opening: '正在接通…',
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
  again: '重试',
  drop: '删除',
  reasons: {
    too_large: '文件太大',
    unsupported_type: '这种文件不能发送',
    empty: '这是空文件',
    blocked: '对方暂时不接收您的消息',
    too_old: '放得太久了',
    network: '网络不通',
    no_space: '服务器暂时放不下文件',
    session_ended: '这次接待已经结束',
    bad_request: '服务器没有接受',
  } as Record<string, string>,
  otherReason: '服务器没有接受',
  // thread
  earlier: '看更早的消息',
  loading: '载入中…',
  newBelow: '有新消息',
  today: '今天',
  yesterday: '昨天',
  you: '我',
  typing: (name: string) => `${name || '客服'}正在输入…`,
  joined: (name: string) => `${name}来为您服务`,
  ended: (name: string) => (name ? `${name}结束了这次接待` : '这次接待结束了'),
  endedByYou: '您结束了这次咨询',
  endedSilent: '有一会儿没有新消息，这次接待先结束了',
  leftQueue: '您离开了排队',
  queued: '已为您排队',
  leftMessage: '留言已收到，我们上班后回复您',
  recalled: (name: string) => (name ? `${name}撤回了一条消息` : '您撤回了一条消息'),
  // queue
  ahead: ['前面还有', '人'] as [string, string],
  next: '您是下一位',
  kept: '位置替您留着。',
  estimate: (from: number, to: number, at: string | null) => {
    const [a, b] = [minutes(from), minutes(to)];
    const span = to < 60 ? '不到 1 分钟' : a === b ? `${a} 分钟左右` : `${a} 到 ${b} 分钟`;
    return at ? `${at} 时估计要 ${span}，位置替您留着。` : `估计还要 ${span}，位置替您留着。`;
  },
  later: '留言，晚点回我',
  laterSure: '您写的已经留下。离开排队后，我们会在这里回复您。',
  laterEmpty: '先把要说的写下来发出，再离开排队，我们会在这里回复您。',
  offHours: '现在不在服务时间',
  offHoursHint: '写下来，我们上班后就在这里回复您。',
  // media
  picture: '图片',
  openFile: '点开查看',
  voice: '语音',
  video: '视频',
  location: '位置',
  onMap: '在地图里看',
  mini: '小程序',
  inWechat: '请在微信里查看',
  unsupported: '这条消息在这里显示不了',
  gone: '文件已不在',
  tryAgain: '重新载入',
  save: '保存',
  // handoff
  scanSpecialist: '微信扫码，加为服务专员。',
  scanGroup: '微信扫码，进群。',
  tapSpecialist: '在微信里加为服务专员。',
  tapGroup: '在微信里进群。',
  addSpecialist: '在微信中添加',
  joinGroup: '在微信中进群',
  specialist: '服务专员',
  group: '粉丝群',
  added: '已添加',
  groupJoined: '已进群',
  expired: '已过期，需要时请说一声，再发一次',
  qr: (name: string) => `${name}的微信二维码`,
  longPress: '长按识别二维码，或保存后用微信扫一扫',
  showQr: '看二维码',
  // survey
  comment: '还想说什么（选填）',
  submit: '提交',
  thanks: '谢谢您的评价',
  // launcher and title
  unread: (n: number) => `${n} 条新消息`,
};

export type Words = typeof zh;

/** The words for a tag such as `zh-Hans-CN` or `en-GB`: Chinese for Chinese, English, loaded when it is asked for, for all others. */
export async function wordsFor(tag: string): Promise<Words> {
  return /^zh\b/i.test(tag) ? zh : (await import('./words.en.ts')).en;
}
