// Draws /openapi.json as a page. Text goes in as text, never as markup.
'use strict';

const make = (tag, attributes = {}, ...inside) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside.filter((one) => one !== null && one !== undefined));
  return element;
};
/** Words with `code` in them. */
const prose = (words) => words.split(/`([^`]+)`/).map((part, at) => (at % 2 ? make('code', {}, part) : part));
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');

let whole = {};
const named = (schema) => (schema?.$ref ? schema.$ref.split('/').pop() : null);
const resolve = (schema) => (named(schema) ? whole.components.schemas[named(schema)] : schema) ?? {};

/** The type in a word. */
function word(schema) {
  if (!schema) return '';
  if (named(schema)) {
    const meant = resolve(schema);
    return meant.enum ? meant.enum.map((one) => JSON.stringify(one)).join(' | ') : named(schema);
  }
  const several = schema.oneOf ?? schema.anyOf;
  if (several) return several.map(word).join(' | ');
  if (schema.allOf) return schema.allOf.map(word).join(' & ');
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.type === 'array') return `[${word(schema.items)}]`;
  return [schema.type ?? 'any'].flat().join(' | ');
}

/** All fields of a shape, those it takes over from others too. */
function parts(schema) {
  const meant = resolve(schema);
  const own = { properties: { ...meant.properties }, required: [...(meant.required ?? [])] };
  for (const one of [...(meant.allOf ?? []), ...(meant.oneOf ?? [])]) {
    const other = parts(one);
    Object.assign(own.properties, other.properties);
    own.required.push(...other.required);
  }
  return own;
}

/** The shape within, if there is one to unfold. */
function inner(schema) {
  const several = schema.oneOf ?? schema.anyOf;
  if (several) return several.map(inner).find(Boolean);
  if (schema.type === 'array') return schema.items && inner(schema.items);
  return Object.keys(parts(schema).properties).length ? schema : undefined;
}

function fields(schema, above = []) {
  const { properties, required } = parts(schema);
  const list = make('ul', { class: 'fields' });
  for (const [name, field] of Object.entries(properties)) {
    const words = field.description ?? resolve(field).description;
    const row = make('li', {}, make('code', {}, name), ' ', make('span', { class: 'words' }, word(field)), ' ');
    if (required.includes(name)) row.append(make('span', { class: 'need' }, 'always'));
    if (words) row.append(make('div', { class: 'words' }, ...prose(words)));
    const deeper = inner(field);
    const key = deeper && (named(deeper) ?? JSON.stringify(deeper));
    if (deeper && above.length < 4 && !above.includes(key)) row.append(fields(deeper, [...above, key]));
    list.append(row);
  }
  return list;
}

function shape(title, content) {
  const [kind, { schema, example } = {}] = Object.entries(content ?? {})[0] ?? [];
  if (!schema) return [];
  const out = [make('h3', {}, `${title} · ${kind} · ${word(schema)}`)];
  const about = resolve(schema).description;
  if (about) out.push(make('p', { class: 'words' }, ...prose(about)));
  const deeper = inner(schema);
  if (deeper) out.push(fields(deeper));
  const shown = example ?? resolve(schema).example;
  if (shown) out.push(make('pre', {}, JSON.stringify(shown, null, 2)));
  return out;
}

function operation(path, method, one) {
  const body = make('div', { class: 'body' });
  if (one.description) body.append(make('p', {}, ...prose(one.description)));
  if (one.parameters?.length) {
    const rows = one.parameters.map((p) =>
      make('tr', {}, make('td', {}, make('code', {}, p.name)), make('td', { class: 'what' }, `${p.in}${p.required ? ', always' : ''}, ${word(p.schema)}`), make('td', { class: 'what' }, ...prose(p.description ?? ''))));
    body.append(make('h3', {}, 'Parameters'), make('table', {}, make('tbody', {}, ...rows)));
  }
  body.append(...shape('Body', one.requestBody?.content));
  const answers = Object.entries(one.responses).sort(([a], [b]) => a.localeCompare(b));
  for (const [status, answer] of answers.filter(([status]) => status < '400')) body.append(...shape(`Answer ${status}`, answer.content));
  const rows = answers.map(([status, answer]) => make('tr', {}, make('td', {}, make('code', {}, status)), make('td', { class: 'what' }, ...prose(answer.description ?? ''))));
  body.append(make('h3', {}, 'Statuses'), make('table', {}, make('tbody', {}, ...rows)));
  const head = make('summary', {}, make('span', { class: 'method' }, method.toUpperCase()), make('code', {}, path), make('span', { class: 'words' }, one.summary ?? ''), make('span', { class: 'role' }, one['x-role'].replace('_', ' ')));
  const details = make('details', { id: slug(`${method} ${path}`) }, head, body);
  details.dataset.words = `${method} ${path} ${one.summary} ${one.description ?? ''} ${one['x-role']}`.toLowerCase();
  return details;
}

function draw(document_) {
  whole = document_;
  const tags = new Map(whole.tags.map((tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(whole.paths))
    for (const [method, one] of Object.entries(item)) {
      const tag = one.tags?.[0] ?? 'Other';
      tags.set(tag, [...(tags.get(tag) ?? []), operation(path, method, one)]);
    }
  document.getElementById('about').replaceChildren(...prose(whole.info.description));
  const main = document.getElementById('operations');
  const nav = document.getElementById('contents');
  for (const [tag, list] of tags) {
    main.append(make('section', { id: slug(tag) }, make('h2', {}, tag), ...list));
    nav.append(make('a', { href: `#${slug(tag)}` }, tag));
  }
  const none = make('p', { class: 'none', hidden: '' }, 'Nothing found.');
  main.append(none);
  document.getElementById('find').addEventListener('input', (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const one of main.querySelectorAll('details')) one.hidden = !words.every((w) => one.dataset.words.includes(w));
    for (const section of main.querySelectorAll('section')) section.hidden = !section.querySelector('details:not([hidden])');
    none.hidden = !!main.querySelector('details:not([hidden])');
  });
  const meant = document.getElementById(location.hash.slice(1));
  if (meant instanceof HTMLDetailsElement) meant.open = true;
  meant?.scrollIntoView();
}

fetch('/openapi.json').then((answer) => answer.json()).then(draw).catch((error) => {
  document.getElementById('about').textContent = `/openapi.json could not be read: ${error.message}`;
});
