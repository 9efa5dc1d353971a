/**
 * The page's script, which the page does not need: it shows the buttons that copy, corrects the system where a browser
 * pretends to be another one, looks names up without loading the page again (so that they are not in the browser's history), and
 * completes them. It is JavaScript for browsers in a text, so that every runtime sends the same bytes and one digest of
 * them holds.
 */
export const script = `
'use strict';
(() => {
const byId = (id) => document.getElementById(id);
document.documentElement.classList.add('js');
const say = (text) => { byId('said').textContent = text; };

const platform = navigator.userAgentData?.platform ?? navigator.platform;
const chosen = document.querySelector('.tabs input:checked').value;
const touch = navigator.maxTouchPoints > 1;
if (chosen === 'macos' && touch) byId('s-ios').checked = true;
if (chosen === 'linux' && (platform === 'Android' || (touch && /^Linux (arm|aarch)/.test(platform))))
  byId('s-android').checked = true;

const copyText = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('not copied');
};
document.addEventListener('click', async ({ target }) => {
  const button = target.closest('.copy');
  if (!button) return;
  const text = button.previousElementSibling.textContent;
  const result = await copyText(text).then(() => 'Copied', () => 'Select it');
  button.textContent = result;
  say(result);
  setTimeout(() => { button.textContent = 'Copy'; }, 1600);
});

const form = document.querySelector('.ask');
const input = byId('name');
const answer = byId('answer');
let looking;
const failure = (response) =>
  response === undefined ? 'The edge cannot be reached now.'
  : response.status === 429 ? 'Too many requests: try again in ' + (response.headers.get('retry-after') ?? 'some') + ' seconds.'
  : response.status === 404 || response.status === 401 ? 'The edge does not accept this link any more.'
  : 'The edge cannot answer now (HTTP ' + response.status + ').';
const showFailure = (text) => {
  const line = document.createElement('p');
  line.className = 'verdict bad';
  const mark = document.createElement('span');
  mark.className = 'mark';
  mark.setAttribute('aria-hidden', 'true');
  line.append(mark, text);
  answer.replaceChildren(line);
};
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  closeNames();
  looking?.abort();
  const mine = looking = new AbortController();
  answer.setAttribute('aria-busy', 'true');
  const query = new URLSearchParams(new FormData(form));
  const ask = { signal: mine.signal, cache: 'no-store' };
  const response = await fetch(location.pathname + '?' + query, ask).catch(() => undefined);
  const text = response?.ok ? await response.text().catch(() => undefined) : undefined;
  if (looking !== mine) return;
  answer.removeAttribute('aria-busy');
  if (text === undefined) return showFailure(failure(response));
  const page = new DOMParser().parseFromString(text, 'text/html');
  answer.replaceChildren(...page.getElementById('answer').childNodes);
});

const list = byId('names');
const namesPath = form.dataset.names;
let timer;
let asked = '';
let current = -1;
const closeNames = () => {
  clearTimeout(timer);
  asked = '';
  list.hidden = true;
  input.setAttribute('aria-expanded', 'false');
  input.removeAttribute('aria-activedescendant');
};
const mark = (at) => {
  // A list that arrives now would take the choice away.
  clearTimeout(timer);
  asked = undefined;
  const items = list.children;
  current = (at + items.length) % items.length;
  [...items].forEach((item, index) => item.setAttribute('aria-selected', String(index === current)));
  input.setAttribute('aria-activedescendant', items[current].id);
  items[current].scrollIntoView({ block: 'nearest' });
};
const take = (item) => {
  input.value = item.dataset.name;
  closeNames();
};
const portText = ({ name, protocol, port }) => (name ? name + ' ' : '') + port + '/' + protocol;
const itemOf = ({ name, kind, ports }, index) => {
  const item = document.createElement('li');
  item.id = 'name-' + index;
  item.setAttribute('role', 'option');
  item.setAttribute('aria-selected', 'false');
  item.dataset.name = name;
  const code = document.createElement('code');
  code.textContent = name;
  const side = document.createElement('span');
  side.textContent = ports.length > 0 ? ports.map(portText).join(', ') : kind === 'alias' ? 'alias' : '';
  item.append(code, side);
  return item;
};
const complete = async () => {
  const prefix = asked = input.value.trim();
  const response = await fetch(namesPath + '?' + new URLSearchParams({ prefix }), { cache: 'no-store' }).catch(() => undefined);
  const found = response?.ok ? await response.json().catch(() => undefined) : undefined;
  if (!found || asked !== prefix || document.activeElement !== input) return;
  const names = found.names.filter(({ name }) => name !== prefix);
  if (names.length === 0) return closeNames();
  list.replaceChildren(...names.map(itemOf));
  list.hidden = false;
  current = -1;
  input.setAttribute('aria-expanded', 'true');
  input.removeAttribute('aria-activedescendant');
  say(names.length + (names.length === 1 ? ' name' : ' names'));
};
if (namesPath) {
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-controls': 'names', 'aria-autocomplete': 'list', 'aria-expanded': 'false' }))
    input.setAttribute(name, value);
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(complete, 120);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' && list.hidden) { event.preventDefault(); return complete(); }
    if (list.hidden) return;
    if (event.key === 'ArrowDown') mark(current + 1);
    else if (event.key === 'ArrowUp') mark(current < 0 ? -1 : current - 1);
    else if (event.key === 'Escape') closeNames();
    else if (event.key === 'Enter' && current >= 0) take(list.children[current]);
    else return;
    event.preventDefault();
  });
  input.addEventListener('blur', closeNames);
  list.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    const item = event.target.closest('li');
    if (item) take(item);
  });
}
})();
`
