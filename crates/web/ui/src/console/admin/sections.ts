// What can be set up, and with which fields. Pages and forms are drawn from here.
import type { IconName } from '@kit/icons';
import type { Role } from '../net/protocol';
import { channelOf, channels } from '../state/channels';
import { me } from '../state/me';
import { said, t, tCode, type Word } from '../words';
import type { Field, Part, Row } from './fields';

export interface Section {
  key: string;
  path: string;
  label: Word;
  /** What one row is. */
  one: Word;
  lead: Word;
  icon: IconName;
  /** Who may change rows; supervisors may look. */
  write: Role[];
  see: Role[];
  parts: Part[];
  /** A new row before anything is filled in. */
  blank: () => Row;
  /** The second line of a row in the list. */
  line: (row: Row, names: (source: 'teams' | 'kf-accounts' | 'connections' | 'agents', id: unknown) => string) => (string | Word)[];
  /** Rows can be removed, not only disabled: what that means, and why it may be refused. */
  removal?: { ask: Word; used?: Word };
  round?: boolean;
}

const places = ['direct', 'pay', 'search', 'qr', 'menu', 'miniprogram', 'app'] as const;
const all: Role[] = ['administrator', 'supervisor', 'agent'];
const upper: Role[] = ['administrator', 'supervisor'];
const admin: Role[] = ['administrator'];
const text = (row: Row, key: string) => String(row[key] ?? '');
/** In the gateway's words, or ours until it has been asked. */
const nameOfChannel = (kind: string) => {
  const known = channelOf(kind);
  return known ? said(known, 'name') : tCode('channel', kind);
};
/** For whom a canned reply may be written; an agent sees others' as they are. */
export function scopes(role: Role | undefined, now: string): ('me' | 'team' | 'brand')[] {
  return (['me', 'team', 'brand'] as const).filter((scope) => scope === 'me' || scope === now || role !== 'agent');
}
const seconds = (key: string, label: Word, hint?: Word): Field => ({ key, kind: 'number', label, hint, min: 0, max: 604_800, unit: 'unit.s' });

export const sections: Section[] = [
  {
    key: 'canned-replies', path: '/canned-replies', label: 'admin.canned', one: 'admin.canned.one', lead: 'admin.canned.lead', icon: 'slash', write: all, see: all, removal: { ask: 'admin.remove.canned' },
    blank: () => ({ scope: 'me' }),
    line: (r) => [r.shortcut ? `/${text(r, 'shortcut').replace(/^\//, '')}` : '', `admin.scope.${text(r, 'scope')}` as Word, text(r, 'text')],
    parts: [{ fields: [
      { key: 'title', kind: 'text', label: 'field.title', required: true, max: 60 },
      { key: 'shortcut', kind: 'text', label: 'field.shortcut', hint: 'field.shortcut.hint', raw: true, max: 30 },
      { key: 'text', kind: 'area', label: 'field.text', hint: 'field.text.hint', required: true, max: 4096 },
      { key: 'scope', kind: 'select', label: 'field.scope', required: true, options: (r) => scopes(me.value?.role, text(r, 'scope')).map((scope) => ({ value: scope, label: t(`admin.scope.${scope}`) })) },
      { key: 'team_id', kind: 'ref', label: 'field.team', source: 'teams', required: true, when: (r) => r.scope === 'team' },
    ] }],
  },
  {
    key: 'agents', path: '/agents', label: 'admin.agents', one: 'admin.agents.one', lead: 'admin.agents.lead', icon: 'people', write: admin, see: upper, round: true,
    blank: () => ({ role: 'agent', limit: 8, team_ids: [], skills: [], languages: [] }),
    line: (r, name) => [text(r, 'account'), `role.${text(r, 'role')}` as Word, ((r.team_ids as string[]) ?? []).map((id) => name('teams', id)).join('、'), r.disabled ? 'admin.disabled' : ''],
    parts: [{ fields: [
      { key: 'name', kind: 'text', label: 'field.name', hint: 'field.agent_name.hint', required: true, max: 40 },
      { key: 'account', kind: 'text', label: 'login.account', raw: true, required: true, once: true, max: 64 },
      { key: 'title', kind: 'text', label: 'field.job', max: 40 },
      { key: 'avatar_media_id', kind: 'picture', label: 'field.avatar' },
      { key: 'role', kind: 'select', label: 'field.role', required: true, options: [{ value: 'agent', label: 'role.agent' }, { value: 'supervisor', label: 'role.supervisor' }, { value: 'administrator', label: 'role.administrator' }] },
    ] }, { title: 'admin.part.reception', fields: [
      { key: 'team_ids', kind: 'refs', label: 'admin.teams', source: 'teams' },
      { key: 'limit', kind: 'number', label: 'field.limit', hint: 'field.limit.hint', min: 0, max: 1000, required: true },
      { key: 'skills', kind: 'words', label: 'field.skills', hint: 'field.skills.hint' },
      { key: 'languages', kind: 'words', label: 'field.languages', hint: 'field.languages.hint', raw: true },
      { key: 'wecom_userid', kind: 'text', label: 'field.userid', hint: 'field.agent_userid.hint', raw: true, max: 64 },
      { key: 'disabled', kind: 'check', label: 'field.disabled', hint: 'field.disabled.hint' },
    ] }],
  },
  {
    key: 'teams', path: '/teams', label: 'admin.teams', one: 'admin.teams.one', lead: 'admin.teams.lead', icon: 'group', write: admin, see: upper, removal: { ask: 'admin.remove.team', used: 'admin.remove.team.used' },
    blank: () => ({ agent_ids: [], overflow: [] }),
    line: (r, name) => [((r.agent_ids as string[]) ?? []).map((id) => name('agents', id)).join('、')],
    parts: [{ fields: [
      { key: 'name', kind: 'text', label: 'field.name', required: true, max: 40 },
      { key: 'agent_ids', kind: 'refs', label: 'admin.agents', source: 'agents' },
      { key: 'overflow', kind: 'overflow', label: 'field.overflow', hint: 'field.overflow.hint' },
    ] }],
  },
  {
    key: 'kf-accounts', path: '/kf-accounts', label: 'admin.kf', one: 'admin.kf.one', lead: 'admin.kf.lead', icon: 'chat', write: admin, see: upper, removal: { ask: 'admin.remove.kf', used: 'admin.remove.kf.used' },
    blank: () => ({ hours: { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'Asia/Shanghai', week: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '22:00' }], holidays: [] }, rules: { assign: 'auto', choice: 'least_busy', prefer_owner: true, last_agent: { enabled: true, wait_s: 30 }, accept_timeout_s: 30, reply_timeout_s: 0, reply_target_s: 120, silence_warn_s: 1800, silence_end_s: 600, max_waiting: 10_000 }, survey: { enabled: true } }),
    line: (r, name) => [name('teams', r.team_id), ''],
    parts: [{ fields: [
      { key: 'name', kind: 'text', label: 'field.name', hint: 'field.kf_name.hint', required: true, max: 40 },
      { key: 'avatar_media_id', kind: 'picture', label: 'field.picture' },
      { key: 'color', kind: 'color', label: 'field.color' },
      { key: 'team_id', kind: 'ref', label: 'field.team', source: 'teams', required: true },
    ] }, { title: 'admin.part.hours', hint: 'admin.part.hours.hint', fields: [{ key: 'hours', kind: 'hours', label: 'admin.part.hours' }] },
    { title: 'admin.part.texts', hint: 'admin.part.texts.hint', fields: [
      { key: 'texts.welcome', kind: 'area', label: 'field.welcome', max: 1000 },
      { key: 'menu', kind: 'menu', label: 'field.menu', hint: 'field.menu.hint' },
      { key: 'texts.queue', kind: 'area', label: 'field.queue', hint: 'field.queue.hint', max: 1000 },
      { key: 'texts.queue_next', kind: 'area', label: 'field.queue_next', hint: 'field.queue_next.hint', max: 1000 },
      { key: 'texts.picked_up', kind: 'area', label: 'field.picked_up', hint: 'field.picked_up.hint', max: 1000 },
      { key: 'texts.off_hours', kind: 'area', label: 'field.off_hours', max: 1000 },
      { key: 'texts.promise', kind: 'text', label: 'field.promise', hint: 'field.promise.hint', max: 200 },
      { key: 'texts.full', kind: 'area', label: 'field.full', max: 1000 },
      { key: 'texts.warn', kind: 'area', label: 'field.warn', hint: 'field.warn.hint', max: 1000 },
      { key: 'texts.closing', kind: 'area', label: 'field.closing', max: 1000 },
    ] }, { title: 'admin.part.rules', fields: [
      { key: 'rules.assign', kind: 'select', label: 'field.assign', required: true, options: [{ value: 'auto', label: 'field.assign.auto' }, { value: 'manual', label: 'field.assign.manual' }] },
      { key: 'rules.accept_timeout_s', kind: 'number', label: 'field.accept_timeout', min: 5, max: 600, unit: 'unit.s', when: (r) => (r.rules as Row | undefined)?.assign === 'manual' },
      { key: 'rules.choice', kind: 'select', label: 'field.choice', required: true, options: [{ value: 'least_busy', label: 'field.choice.least_busy' }, { value: 'round_robin', label: 'field.choice.round_robin' }, { value: 'longest_idle', label: 'field.choice.longest_idle' }] },
      { key: 'rules.prefer_owner', kind: 'check', label: 'field.prefer_owner' },
      { key: 'rules.last_agent.enabled', kind: 'check', label: 'field.last_agent' },
      seconds('rules.last_agent.wait_s', 'field.last_agent.wait', 'field.last_agent.wait.hint'),
      { key: 'rules.required_skills', kind: 'words', label: 'field.required_skills' },
      seconds('rules.reply_target_s', 'field.reply_target', 'field.reply_target.hint'),
      seconds('rules.wait_target_s', 'field.wait_target', 'field.wait_target.hint'),
      seconds('rules.reply_timeout_s', 'field.reply_timeout', 'field.zero_off'),
      seconds('rules.silence_warn_s', 'field.silence_warn', 'field.zero_off'),
      seconds('rules.silence_end_s', 'field.silence_end'),
      { key: 'rules.max_waiting', kind: 'number', label: 'field.max_waiting', min: 1, max: 1_000_000, unit: 'unit.people' },
      { key: 'rules.ask_human_words', kind: 'words', label: 'field.human_words', hint: 'field.human_words.hint' },
    ] }, { title: 'admin.part.prechat', hint: 'admin.part.prechat.hint', fields: [{ key: 'prechat', kind: 'questions', label: 'admin.part.prechat' }] }, { title: 'admin.part.survey', fields: [{ key: 'survey', kind: 'survey', label: 'admin.part.survey' }] }],
  },
  {
    key: 'entry-points', path: '/entry-points', label: 'admin.entry', one: 'admin.entry.one', lead: 'admin.entry.lead', icon: 'door', write: admin, see: upper, removal: { ask: 'admin.remove.entry', used: 'admin.remove.entry.used' },
    blank: () => ({ channel: 'website', website: { allowed_origins: [] }, wecom_kf: { served_in: 'console', unlabelled: 'direct' } }),
    line: (r, name) => [nameOfChannel(text(r, 'channel')), name('kf-accounts', r.open_kfid), r.paused ? 'admin.paused' : ''],
    parts: [{ fields: [
      { key: 'name', kind: 'text', label: 'field.name', hint: 'field.entry_name.hint', required: true, max: 40 },
      { key: 'channel', kind: 'select', label: 'list.filter.channel', required: true, once: true, options: () => channels.value.map((c) => ({ value: c.kind, label: said(c, 'name') })) },
      { key: 'open_kfid', kind: 'ref', label: 'field.kf', source: 'kf-accounts', required: true },
      { key: 'website.allowed_origins', kind: 'words', label: 'field.origins', hint: 'field.origins.hint', raw: true, when: (r) => r.channel === 'website' },
      { key: 'website.locale', kind: 'select', label: 'field.locale', options: [{ value: '', label: 'field.locale.auto' }, { value: 'zh-CN', label: 'field.locale.zh' }, { value: 'en', label: 'field.locale.en' }], when: (r) => r.channel === 'website' },
      { key: 'connection_id', kind: 'ref', label: 'field.connection', source: 'connections', required: true, when: (r) => !!channelOf(text(r, 'channel'))?.needs_connection, fits: (c, r) => c.channel === r.channel },
      { key: 'wecom_kf.upstream_open_kfid', kind: 'text', label: 'field.upstream', hint: 'field.upstream.hint', raw: true, required: true, when: (r) => !!channelOf(text(r, 'channel'))?.needs_account },
      { key: 'wecom_kf.served_in', kind: 'select', label: 'field.served_in', hint: 'field.served_in.hint', options: [{ value: 'console', label: 'field.served_in.console' }, { value: 'client', label: 'field.served_in.client' }], when: (r) => !!channelOf(text(r, 'channel'))?.capabilities.own_client },
      { key: 'wecom_kf.unlabelled', kind: 'select', label: 'field.unlabelled', hint: 'field.unlabelled.hint', options: places.map((value) => ({ value, label: `field.unlabelled.${value}` as const })), when: (r) => !!channelOf(text(r, 'channel'))?.needs_account },
      { key: 'prechat_off', kind: 'check', label: 'field.prechat_off', hint: 'field.prechat_off.hint', when: (r) => r.channel === 'website' || r.channel === 'app' },
      { key: 'paused', kind: 'check', label: 'field.paused', hint: 'field.paused.hint' },
    ] }],
  },
  {
    key: 'connections', path: '/connections', label: 'admin.connections', one: 'admin.connections.one', lead: 'admin.connections.lead', icon: 'plug', write: admin, see: upper,
    blank: () => ({}),
    line: (r) => [nameOfChannel(text(r, 'channel')), text(r, 'corpid'), r.paused ? 'admin.paused' : ''],
    // Its page is drawn from what the channel says of itself.
    parts: [],
  },
  {
    key: 'specialists', path: '/specialists', label: 'admin.specialists', one: 'admin.specialists.one', lead: 'admin.specialists.lead', icon: 'card', write: admin, see: upper, round: true, removal: { ask: 'admin.remove.specialist' },
    blank: () => ({ links: [], capacity_per_day: 0 }),
    line: (r) => [text(r, 'title'), r.disabled ? 'admin.disabled' : ''],
    parts: [{ title: 'admin.part.card', fields: [
      { key: 'name', kind: 'text', label: 'field.name', required: true, max: 40 },
      { key: 'avatar_media_id', kind: 'picture', label: 'field.avatar' },
      { key: 'title', kind: 'text', label: 'field.job', max: 40 },
      { key: 'company', kind: 'text', label: 'field.company', max: 60 },
      { key: 'line', kind: 'text', label: 'field.line', hint: 'field.line.hint', max: 80 },
      { key: 'links', kind: 'links', label: 'field.links', hint: 'field.links.hint' },
    ] }, { title: 'admin.part.join', hint: 'admin.part.join.hint', fields: [
      { key: 'connection_id', kind: 'ref', label: 'field.connection', source: 'connections' },
      { key: 'userid', kind: 'text', label: 'field.userid', raw: true, max: 64, when: (r) => !!r.connection_id },
      { key: 'agent', kind: 'ref', label: 'field.specialist_agent', hint: 'field.specialist_agent.hint', source: 'agents' },
      { key: 'qr_media_id', kind: 'picture', label: 'field.qr', hint: 'field.qr.hint', when: (r) => !r.connection_id },
      { key: 'capacity_per_day', kind: 'number', label: 'field.per_day', hint: 'field.zero_unlimited', min: 0, max: 10_000, unit: 'unit.people' },
      { key: 'welcome', kind: 'area', label: 'field.after_add', max: 1000, when: (r) => !!r.connection_id },
      { key: 'disabled', kind: 'check', label: 'field.not_offered' },
    ] }],
  },
  {
    key: 'fan-groups', path: '/fan-groups', label: 'admin.groups', one: 'admin.groups.one', lead: 'admin.groups.lead', icon: 'group', write: admin, see: upper, removal: { ask: 'admin.remove.group' },
    blank: () => ({ capacity: 200, members: 0, order: 0, chat_ids: [] }),
    line: (r) => [`${text(r, 'members') || 0} / ${text(r, 'capacity')}`, r.disabled ? 'admin.disabled' : ''],
    parts: [{ title: 'admin.part.card', fields: [
      { key: 'name', kind: 'text', label: 'field.name', required: true, max: 40 },
      { key: 'avatar_media_id', kind: 'picture', label: 'field.picture' },
      { key: 'line', kind: 'text', label: 'field.line', hint: 'field.line.hint', max: 80 },
    ] }, { title: 'admin.part.join', hint: 'admin.part.join.hint', fields: [
      { key: 'connection_id', kind: 'ref', label: 'field.connection', source: 'connections' },
      { key: 'chat_ids', kind: 'words', label: 'field.chat_ids', raw: true, when: (r) => !!r.connection_id },
      { key: 'qr_media_id', kind: 'picture', label: 'field.qr', hint: 'field.qr.hint', when: (r) => !r.connection_id },
      { key: 'capacity', kind: 'number', label: 'field.capacity', min: 1, max: 500, unit: 'unit.people', required: true },
      { key: 'members', kind: 'number', label: 'field.members', min: 0, max: 500, unit: 'unit.people' },
      { key: 'order', kind: 'number', label: 'field.order', hint: 'field.order.hint', min: 0, max: 10_000 },
      { key: 'disabled', kind: 'check', label: 'field.not_offered' },
    ] }],
  },
  {
    key: 'api-keys', path: '/api-keys', label: 'admin.keys', one: 'admin.keys.one', lead: 'admin.keys.lead', icon: 'key', write: admin, see: admin, removal: { ask: 'admin.remove.key' },
    blank: () => ({ role: 'agent' }),
    line: (r) => [r.prefix ? `${text(r, 'prefix')}…` : '', r.role ? (`role.${text(r, 'role')}` as Word) : ''],
    parts: [{ fields: [
      { key: 'name', kind: 'text', label: 'field.name', hint: 'field.key_name.hint', required: true, max: 60 },
      { key: 'role', kind: 'select', label: 'field.role', required: true, options: [{ value: 'agent', label: 'role.agent' }, { value: 'supervisor', label: 'role.supervisor' }, { value: 'administrator', label: 'role.administrator' }] },
    ] }],
  },
  {
    key: 'webhooks', path: '/webhooks', label: 'admin.hooks', one: 'admin.hooks.one', lead: 'admin.hooks.lead', icon: 'bell', write: admin, see: admin, removal: { ask: 'admin.remove.hook' },
    blank: () => ({ away_s: 10 }),
    line: (r) => [text(r, 'url'), r.paused ? 'admin.paused' : ''],
    parts: [{ fields: [
      { key: 'name', kind: 'text', label: 'field.name', hint: 'field.key_name.hint', required: true, max: 60 },
      { key: 'url', kind: 'text', label: 'field.hook_url', hint: 'field.hook_url.hint', raw: true, required: true, max: 2048 },
      { key: 'away_s', kind: 'number', label: 'field.away', hint: 'field.away.hint', min: 1, max: 3600, unit: 'unit.s', required: true },
      { key: 'paused', kind: 'check', label: 'field.paused' },
    ] }],
  },
];

/** Pages of settings that are no list of rows. */
export const pages: { key: string; label: Word; icon: IconName; see: Role[] }[] = [
  { key: 'brand', label: 'admin.brand', icon: 'star', see: admin },
  { key: 'outbox', label: 'admin.outbox', icon: 'box', see: upper },
  { key: 'audit', label: 'admin.audit', icon: 'clock', see: upper },
];

/** The menu: what belongs together. Every page stands in one group. */
export const groups: { label: Word; keys: string[] }[] = [
  { label: 'admin.group.reception', keys: ['canned-replies', 'agents', 'teams', 'kf-accounts', 'audit'] },
  { label: 'admin.group.ways', keys: ['entry-points', 'connections', 'outbox'] },
  { label: 'admin.group.handoff', keys: ['specialists', 'fan-groups'] },
  { label: 'admin.group.house', keys: ['brand', 'api-keys', 'webhooks'] },
];

export const sectionOf = (key: string) => sections.find((s) => s.key === key);
export const fieldsOf = (section: Section): Field[] => section.parts.flatMap((p) => p.fields);
