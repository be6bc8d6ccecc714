// The sandbox page. Everything that came from a person or a message enters the
// page as text, never as markup.
'use strict';
const $ = (id) => document.getElementById(id);
const world = JSON.parse($('world').textContent);
const calm = matchMedia('(prefers-reduced-motion: reduce)');

// el makes an element; kids are nodes or text.
function el(tag, attrs = {}, ...kids) {
  const n = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs)) {
    if (k.startsWith('on')) n.addEventListener(k.slice(2), v);
    else if (v !== undefined && v !== false) n.setAttribute(k, v);
  }
  n.append(...kids);
  return n;
}

// shown is a text as nodes: links tappable, characters that hide or reorder
// text spelled out (Unicode TR 36, 3.2).
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
function shown(text) {
  const spell = (s) => s.split(new RegExp(`(${hidden.source})`)).filter(Boolean).map((p) => !hidden.test(p) ? p :
    el('span', { class: 'ctl', title: 'a character that cannot be seen' }, 'U+' + p.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')));
  return String(text).split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)])/).flatMap((p, i) => i % 2 === 0 ? spell(p) :
    [el('a', { href: p, target: '_blank', rel: 'noopener noreferrer', onclick: () => opened(p) }, ...spell(p))]);
}

// Time is the demo's: the browser's plus what the clock was moved.
let drift = 0;
const now = () => new Date(Date.now() + drift);
const hm = (d) => d.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
function when(at) {
  const d = new Date(at), today = d.toDateString() === now().toDateString();
  const day = today ? 'today' : d.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return el('time', { datetime: d.toISOString(), title: d.toString() }, `${day} ${hm(d)}`);
}

async function call(path, body) {
  const r = await fetch('/sandbox/' + path, body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const answer = await r.json();
  if (!r.ok) throw new Error(answer.detail || r.statusText);
  return answer;
}

// ---- The phone
const seen = new Map();  // message id -> message
const fates = new Map(); // message id -> what the trace last said
let texts = [];          // what the handsets sent: {at, from, to, text, mark, bad, n}
let count = 0;           // lines are shown as they came: n
let sim = world.sims[0];
const peers = world.brands.flatMap((b) => b.numbers.map((number) => ({ number, brand: b })));
const peer = () => peers.find((p) => p.number === $('peer').value) || peers[0];

function simCard(s) {
  const pick = el('input', { type: 'radio', name: 'sim', value: s.number, onchange: () => choose(s) });
  pick.checked = s === sim;
  return el('label', { class: 'sim' }, pick, el('span', {}, s.name, el('small', {}, s.note || s.place || s.number)));
}
function drawSims() {
  const own = el('input', { type: 'tel', placeholder: '+39 333 …', 'aria-label': 'Another number' });
  const other = el('form', { class: 'other', onsubmit: (e) => {
    e.preventDefault();
    const number = own.value.replace(/[^\d+]/g, '').replace(/^00/, '+');
    if (!/^\+\d{7,15}$/.test(number)) { own.setCustomValidity('A number with its country code, such as +39 333 1234567'); own.reportValidity(); return; }
    let s = world.sims.find((x) => x.number === number);
    if (!s) world.sims.push(s = { number, name: 'Your number', language: sim.language, note: '', place: '' });
    choose(s); drawSims();
  } }, own, el('button', {}, 'Use'));
  own.addEventListener('input', () => own.setCustomValidity(''));
  const magic = world.sims.filter((s) => s.note);
  $('sims').replaceChildren(...world.sims.filter((s) => !s.note).map(simCard), el('details', { class: 'more' }, el('summary', {}, 'Any other number'),
    ...(magic.length ? [el('div', { class: 'sims' }, ...magic.map(simCard))] : []), other));
}
function choose(s) { sim = s; drawPhone(); drawChips(); refresh(); }

function drawPhone() {
  const lines = texts.filter((t) => t.from === sim.number).concat([...seen.values()].filter((m) => m.channel === 'sms' && m.to === sim.number))
    .sort((a, b) => a.n - b.n);
  const rows = [];
  let last = '';
  for (const m of lines) {
    const mine = m.from === sim.number, other = mine ? m.to : m.from;
    if (other !== last) rows.push(el('p', { class: 'day' }, other + ', ', when(m.at)));
    last = other;
    rows.push(el('div', { class: 'bubble ' + (mine ? 'out' : 'in') }, ...shown(m.text)));
    const fate = mine ? m.mark : fates.get(m.id);
    if (fate) rows.push(el('p', { class: 'meta' + (mine ? ' mine' : '') + (m.bad || /^(failed|undelivered)/.test(fate) ? ' bad' : '') }, fate));
  }
  $('thread').replaceChildren(...(rows.length ? rows : [el('p', {}, 'No messages yet. Send one of the texts below: they stand on the poster in the shop.')]));
  $('thread').scrollTop = $('thread').scrollHeight;
  $('phone-number').textContent = sim.number;
}
function drawChips() {
  const chips = peer().brand.chips;
  $('chips').replaceChildren(...(chips[sim.language] || chips.en).map((t) => el('button', { type: 'button', onclick: () => send(t) }, t)));
}
async function send(text) {
  const t = { at: now().toISOString(), from: sim.number, to: peer().number, text, mark: 'sending…', n: ++count };
  texts.push(t); drawPhone();
  try {
    t.event = (await call('texts', { from: t.from, to: t.to, text })).event;
    t.mark = '✓✓ on record';
    if (/^\s*(carta|card|carte|карта)\s+\d/i.test(text)) tour.pass('card');
  } catch (e) { t.mark = 'not taken: ' + e.message; t.bad = true; }
  keep(); drawPhone(); refresh();
}
// The gateway keeps no copy of what was texted for this page; the tab does.
const keep = () => sessionStorage.setItem('texts', JSON.stringify({ run: world.run, texts }));
try { const k = JSON.parse(sessionStorage.getItem('texts')); if (k && k.run === world.run) texts = k.texts.map((t) => ({ ...t, early: true })); } catch { texts = []; }

// ---- The mailbox
let reading = '';
function drawMail() {
  const mails = [...seen.values()].filter((m) => m.channel === 'email').reverse();
  const boxes = [...new Set(mails.map((m) => m.to))], box = $('box').value;
  if ($('box').options.length !== boxes.length + 1) {
    $('box').replaceChildren(el('option', { value: '' }, 'everybody’s'), ...boxes.map((b) => el('option', { value: b }, b)));
    $('box').value = box;
  }
  const here = mails.filter((m) => !box || m.to === box);
  $('mails').replaceChildren(...here.map((m) => el('li', {}, el('button', { type: 'button', 'aria-current': m.id === reading && 'true', onclick: () => read(m) },
    el('strong', {}, ...shown(m.subject)), when(m.at), el('small', {}, m.to)))));
  $('no-mail').hidden = here.length > 0;
  if (!here.some((m) => m.id === reading)) $('reading').hidden = true;
}
function read(m) {
  reading = m.id;
  $('reading').hidden = false;
  $('subject').replaceChildren(...shown(m.subject));
  $('envelope').replaceChildren(`from ${m.from} to ${m.to}, `, when(m.at));
  $('letter').hidden = !m.html;
  if (m.html) $('letter').src = '/sandbox/mail/' + encodeURIComponent(m.id);
  $('plain').replaceChildren(...(m.html ? [] : shown(m.text)));
  drawMail();
}

// ---- The permissions
const states = { none: '–', pending: 'asked', granted: 'yes', refused: 'no', withdrawn: 'stopped', expired: 'lapsed', objected: 'objected', invalidated: 'invalid' };
const channels = { sms: 'SMS', email: 'e-mail', call: 'call', post: 'post' };
function matrix(brand, cells, changed = []) {
  const state = (c, t) => (cells.find((x) => x.channel === c && x.topic === t) || { state: 'none' }).state;
  return el('table', { class: 'matrix' }, el('thead', {}, el('tr', {}, el('th', {}, ''), ...brand.channels.map((c) => el('th', { scope: 'col' }, channels[c])))),
    el('tbody', {}, ...brand.topics.map((t) => el('tr', {}, el('th', { scope: 'row' }, t), ...brand.channels.map((c) => {
      const s = state(c, t), moved = changed.some((x) => x.channel === c && x.topic === t);
      return el('td', { 'data-state': s, class: moved && 'changed', title: s }, states[s] || s);
    })))));
}
let asked = 0, cellsNow = [];
async function refresh() {
  const turn = ++asked, b = peer().brand, who = sim.number;
  $('brand-name').textContent = b.name; $('whom').textContent = who;
  let cells = [];
  try { cells = await call(`permissions?brand=${encodeURIComponent(b.id)}&of=${encodeURIComponent(who)}`); } catch { /* not a number the gateway knows how to read: nothing is permitted */ }
  if (turn !== asked) return;
  const was = who === refresh.who && b === refresh.brand ? cellsNow : cells;
  const changed = cells.filter((x) => !was.some((y) => y.channel === x.channel && y.topic === x.topic && y.state === x.state));
  cellsNow = cells; refresh.who = who; refresh.brand = b;
  if (changed.length || was === cells) $('matrix').replaceChildren(matrix(b, cells, changed));
  const sms = (s) => cells.some((x) => x.channel === 'sms' && x.state === s);
  if (sms('granted')) { tour.pass('asked'); tour.pass('yes'); }
  if (sms('withdrawn')) tour.pass('stop');
}

// ---- The trace
const stations = { arrived: 'signature', read: 'words', benefit: 'benefit', permission: 'permission', decision: 'rule', evidence: 'evidence', leaf: 'leaf', outbox: 'outbox', provider: 'provider', fate: 'delivery' };
const cards = new Map();
const queue = [], questions = new Set(); // ids of consent questions
let came = false;            // one of them has left
function card(step) {
  let c = cards.get(step.journey);
  if (c) return c;
  c = { at: new Date(step.at), steps: el('ol'), rail: {}, cells: [] };
  const rail = el('ol', { class: 'rail' });
  if (!step.head) for (const [stage, name] of Object.entries(stations)) rail.append(c.rail[stage] = el('li', {}, name));
  c.el = el('li', { class: 'card' }, el('header', {}, el('h3', {}, ...shown(step.head || step.title)), when(step.at)), rail, c.steps);
  cards.set(step.journey, c);
  $('cards').prepend(c.el);
  $('no-cards').hidden = true;
  while ($('cards').children.length > 40) { $('cards').lastChild.remove(); }
  return c;
}
function addStep(step) {
  const c = card(step), d = step.detail || {}, ms = new Date(step.at) - c.at;
  const harm = step.harm || /^(failed|undelivered|unknown|denied|deny)$/.test(d.fate || d.verdict || '');
  if (c.rail[step.stage]) c.rail[step.stage].className = harm ? 'harm' : 'passed';
  const after = step.head ? '' : ms < 1000 ? `+${ms} ms` : `+${(ms / 1000).toFixed(1)} s`;
  const raw = JSON.stringify(step.head ? d : step, null, 2);
  const li = el('li', { class: 'step' + (harm ? ' harm' : '') }, el('details', {}, el('summary', {}, el('b', {}, stations[step.stage] || step.stage), el('span', {}, ...shown(step.title)), el('i', {}, after)), el('pre', {}, ...shown(raw))));
  const brand = world.brands.find((b) => b.id === step.brand);
  if (brand && d.cells) {
    c.cells = d.cells.map((x) => ({ channel: x.channel, topic: x.topic, state: x.to })).concat(c.cells);
    li.append(matrix(brand, c.cells, d.cells));
    refresh();
  }
  c.steps.append(li);
  if (d.kind === 'invitation' && d.message) questions.add(d.message);
  if (d.fate) { for (const id of [d.message, d.provider_id]) fates.set(id, d.fate === 'delivered' ? '✓✓ delivered' : d.fate); drawPhone(); }
  if (questions.has(d.message) && /accepted|sent|delivered/.test(d.fate)) { came = true; tour.pass('asked'); }
}
// Steps are milliseconds apart; the eye gets them one by one.
let playing = false;
function play() {
  const step = queue.shift();
  if (!(playing = !!step)) return;
  addStep(step);
  setTimeout(play, calm.matches || document.hidden || queue.length > 40 ? 0 : 140);
}
function tell(step) { queue.push(step); if (!playing) play(); }
// aside is a card of the sandbox's own: an attack and what came of it.
function aside(title, steps) {
  const at = now().toISOString(), journey = 'aside-' + at;
  for (const s of steps) tell({ at, journey, head: title, ...s });
}

// ---- The tour: each step is ticked by what happened, not by a click on "next".
const tour = {
  at: Number(sessionStorage.getItem('tour ' + world.run) || 0),
  steps: [
    { is: 'card', say: 'Activate a card: text CARTA 123456', text: 'CARTA 123456' },
    { is: 'asked', say: 'Wait for the question; it comes apart from the card' },
    { is: 'yes', say: 'Say yes: reply SI', text: 'SI' },
    { is: 'prefs', say: 'Open the link in the welcome' },
    { is: 'stop', say: 'Leave again: text STOP', text: 'STOP' },
  ],
  pass(is) {
    if (!this.steps[this.at] || this.steps[this.at].is !== is) return;
    sessionStorage.setItem('tour ' + world.run, ++this.at);
    this.draw();
    $('says').textContent = this.steps[this.at] ? 'Done. Next: ' + this.steps[this.at].say : 'All five steps are done.';
    if (is === 'card' && came) this.pass('asked');
  },
  draw() {
    $('tour').replaceChildren(...this.steps.map((s, i) => el('li', { class: i < this.at && 'done', 'aria-current': i === this.at && 'step' },
      el('b', {}, i < this.at ? '✓' : String(i + 1)), el('span', {}, s.say), ...(i === this.at && s.text ? [el('button', { type: 'button', onclick: () => { $('peer').value = peers[0].number; drawChips(); send(s.text); } }, 'Send')] : []))));
    $('tour-title').textContent = this.at < 5 ? 'From a text to a proof, in five steps' : 'That was the whole life of a permission. Every step is in the ledger.';
  },
};
function opened(url) { if (/^https?:\/\/[^/]+\/p\//.test(url)) { tour.pass('prefs'); refresh(); } }

// ---- What happens
function take(m) {
  if (seen.has(m.id)) return;
  seen.set(m.id, m);
  m.n = ++count;
}
function arrived(m) {
  take(m);
  $('says').textContent = m.channel === 'email' ? `E-mail for ${m.to}: ${m.subject}` : `Message from ${m.from}: ${m.text}`;
  if (m.channel === 'email') { drawMail(); if ($('reading').hidden) read(m); } else drawPhone();
}
function settings(s) {
  $('down').setAttribute('aria-pressed', s.down);
  $('calm').textContent = s.down ? 'The provider is down: messages wait in the outbox.' : 'Nothing leaves this machine.';
  if (s.now) drift = new Date(s.now) - Date.now();
  tick();
}
function tick() {
  $('phone-clock').textContent = hm(now());
  if ($('now')) { $('now').textContent = now().toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' }) + ' ' + hm(now()); $('now').title = now().toString(); }
}
function listen() {
  const s = new EventSource('/sandbox/stream');
  s.addEventListener('hello', async (e) => {
    settings(JSON.parse(e.data));
    $('live').textContent = 'live'; $('live').classList.add('on');
    const early = texts.filter((t) => t.early), sent = await call('messages');
    early.forEach((t) => { t.early = false; });
    for (const x of [...early, ...sent].sort((a, b) => new Date(a.at) - new Date(b.at))) x.mark ? x.n = ++count : take(x);
    drawPhone(); drawMail(); refresh();
  });
  s.addEventListener('message', (e) => arrived(JSON.parse(e.data)));
  s.addEventListener('trace', (e) => tell(JSON.parse(e.data)));
  s.onerror = () => { $('live').textContent = 'reconnecting'; $('live').classList.remove('on'); };
}

// ---- The controls
const attempt = (f) => async () => { try { await f(); } catch (e) { aside('That did not work', [{ stage: 'arrived', title: e.message, harm: true }]); } };
for (const b of document.querySelectorAll('[data-advance]')) b.addEventListener('click', attempt(async () => { settings(await call('clock', { advance: b.dataset.advance })); drawPhone(); refresh(); }));
$('down').addEventListener('click', attempt(async () => settings(await call('provider', { down: $('down').getAttribute('aria-pressed') !== 'true' }))));
$('scan').addEventListener('click', attempt(async () => {
  const r = await call('scan', { to: $('box').value || sim.number });
  const verdict = r.opened.length === 0 ? 'there is no link to open yet' : r.unchanged ? 'no permission changed' : 'a permission changed';
  aside(`A scanner opened ${r.opened.length / 2} links of ${$('box').value || sim.number}, each with HEAD and GET: ${verdict}`,
    [...r.opened.map((v) => ({ stage: v.method, title: `${v.page} answered ${v.status}`, detail: v })), { stage: 'after', title: verdict, detail: r, harm: !r.unchanged }]);
}));
$('forge').addEventListener('click', attempt(async () => {
  const r = await call('forge', { to: peer().number });
  const held = r.status === 403;
  aside(held ? 'A forged webhook was refused: 403, and left no trace' : `A forged webhook was answered ${r.status}`,
    [{ stage: 'forged', title: 'a text "SI" with a signature from no key', detail: { url: r.url, form: r.form, signature: r.signature } }, { stage: 'answer', title: held ? 'refused before it was read' : 'not refused', detail: { status: r.status, answer: r.answer }, harm: !held }]);
}));
$('compose').addEventListener('submit', (e) => { e.preventDefault(); const t = $('draft').value; if (t.trim()) { $('draft').value = ''; send(t); } });
$('box').addEventListener('change', drawMail);
$('peer').append(...peers.map((p) => el('option', { value: p.number }, `${p.number} · ${p.brand.name}`)));
$('peer').addEventListener('change', () => { drawChips(); refresh(); });
$('joins').append(...world.brands.filter((b) => b.join).flatMap((b, i) => [i ? ', ' : '', el('a', { href: b.join, target: '_blank', rel: 'noopener' }, b.name)]));
drawSims(); drawChips(); drawPhone(); drawMail(); tour.draw(); tick();
setInterval(tick, 5000); addEventListener('resize', drawPhone);
listen();
