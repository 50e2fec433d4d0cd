export interface LoaderWords { chat: string; close: string; unread: (n: number) => string; elsewhere: string }

const zh: LoaderWords = { chat: '在线客服', close: '关闭', unread: (n) => `${n} 条新消息`, elsewhere: '在新窗口咨询' };
const en: LoaderWords = { chat: 'Chat with us', close: 'Close', unread: (n) => `${n} new`, elsewhere: 'Chat in a new window' };

export const wordsFor = (locale: string | undefined): LoaderWords => (/^zh\b/i.test(locale || navigator.language) ? zh : en);
