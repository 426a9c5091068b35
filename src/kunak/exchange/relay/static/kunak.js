/* The script of the public page. With it, what a person writes is sealed in their browser before it is sent, and
   what is written to them is opened there: the relay's computer sees neither, and never the code.

   One file, as it is: no build step, no library; WebCrypto does the cryptography. It runs in Chromium from 67 on
   (Androids of 2014). Where something that it needs is missing it leaves the page alone, which works without.
   It keeps nothing: no cookie, no storage, no cache, no entry in the history.
   docs/threads.md says what it does byte by byte, tests/vectors/threads-v1.json holds it to what the office does. */
'use strict';

// ---- Leaving: the link, or Shift three times. Works wherever script does.

const LEAVE_MS = 5000;
let shifts = [];
let alone = false; // Shift is held, and no other key with it

function leave(address) {
  wipe();
  location.replace(address); // in place of this page in the history
}

function wipe() {
  forget();
  document.body.textContent = '';
}

const html = document.documentElement;
const find = selector => document.querySelector(selector);
const all = selector => document.querySelectorAll(selector);
const wayOut = () => find('a.leave');

addEventListener('keydown', event => {
  alone = event.key === 'Shift';
  if (!alone) shifts = []; // a capital letter is no wish to leave
});

addEventListener('keyup', event => {
  if (event.key !== 'Shift' || !alone) return;
  alone = false;
  shifts = shifts.filter(at => event.timeStamp - at < LEAVE_MS).concat(event.timeStamp);
  if (shifts.length > 2 && wayOut()) leave(wayOut().href);
});

addEventListener('pagehide', wipe);
addEventListener('pageshow', event => event.persisted && location.reload());

// ---- Bytes

const subtle = window.crypto && crypto.subtle;

const utf8 = text => new TextEncoder().encode(text);

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => { whole.set(part, at); return at + part.length; }, 0);
  return whole;
}

const hex = bytes => Array.from(bytes, byte => (byte + 256).toString(16).slice(1)).join('');

const unhex = text => new Uint8Array((text.match(/../g) || []).map(two => parseInt(two, 16)));

const bytesOf = (number, digits) => unhex(number.toString(16).padStart(digits, '0'));

const base64 = bytes => btoa(String.fromCharCode(...bytes));

const base64url = bytes => base64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

/* What a key or a sealed thing is for, and with what: each part behind its length. */
function context(purpose, ...parts) {
  return parts.reduce((said, part) => joined(said, bytesOf(part.length, 8), part), utf8('kunak/v1/' + purpose + '\0'));
}

const sha256 = async bytes => new Uint8Array(await subtle.digest('SHA-256', bytes));

async function hmac(key, bytes) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await subtle.importKey('raw', key, algorithm, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', imported, bytes));
}

const aes = (key, use) => subtle.importKey('raw', key, 'AES-GCM', false, [use]);

function padded(plain, sizes) {
  const size = sizes.find(one => plain.length < one);
  if (!size) throw new Error('long');
  const whole = new Uint8Array(size);
  whole.set(plain);
  whole[plain.length] = 128;
  return whole;
}

function unpadded(whole) {
  let end = whole.length - 1;
  while (whole[end] === 0) end -= 1;
  if (whole[end] !== 128) throw new Error('not padded');
  return whole.subarray(0, end);
}

// ---- P-256: the one thing that WebCrypto does not do is to make a public key from a private one

/* A derived private key needs its public point, once whenever a code is made or opened. The formula is complete
   (Renes, Costello, Batina 2015) and the ladder takes the same 512 additions for every key. BigInt promises no
   constant time; but who could measure it must already run code in this browser. The rest is WebCrypto's work. */
let curve = null;

function onCurve() {
  if (!curve) {
    const n = digits => BigInt('0x' + digits);
    curve = {
      p: n('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff'),
      order: n('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
      b: n('5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b'),
      g: [n('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'),
        n('4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'), n('1')],
      zero: [n('0'), n('1'), n('0')],
    };
  }
  return curve;
}

function mod(value) {
  const rest = value % curve.p;
  return rest < 0 ? rest + curve.p : rest;
}

function add(left, right) {
  const three = BigInt(3), nine = BigInt(9), b3 = three * curve.b;
  const [x1, y1, z1] = left, [x2, y2, z2] = right;
  const xx = mod(x1 * x2), yy = mod(y1 * y2), zz = mod(z1 * z2);
  const xy = mod(x1 * y2 + x2 * y1), xz = mod(x1 * z2 + x2 * z1), yz = mod(y1 * z2 + y2 * z1);
  const line = mod(b3 * zz - three * xz); // a is -3
  const slope = mod(b3 * xz - three * xx - nine * zz);
  const tangent = mod(three * (xx - zz));
  return [
    mod(xy * (yy - line) - yz * slope),
    mod(tangent * slope + (yy + line) * (yy - line)),
    mod(yz * (yy + line) + xy * tangent),
  ];
}

function power(base, exponent) {
  let made = BigInt(1);
  for (const bit of exponent.toString(2)) {
    made = mod(made * made);
    if (bit === '1') made = mod(made * base);
  }
  return made;
}

const numberOf = bytes => BigInt('0x' + hex(bytes));

/* The public key of a private one: 4, x, y. */
function publicOf(scalar) {
  const { p, g, zero } = onCurve();
  const ladder = [zero, g];
  for (const bit of numberOf(scalar).toString(2).padStart(256, '0')) {
    const low = Number(bit), sum = add(ladder[0], ladder[1]);
    ladder[low] = add(ladder[low], ladder[low]);
    ladder[1 - low] = sum;
  }
  const [x, y, z] = ladder[0], inverse = power(z, p - BigInt(2));
  return joined([4], bytesOf(mod(x * inverse), 64), bytesOf(mod(y * inverse), 64));
}

function privateKey(scalar, point, algorithm, use) {
  const x = base64url(point.subarray(1, 33)), y = base64url(point.subarray(33));
  const jwk = { kty: 'EC', crv: 'P-256', ext: false, d: base64url(scalar), x, y };
  return subtle.importKey('jwk', jwk, { name: algorithm, namedCurve: 'P-256' }, false, [use]);
}

// ---- HPKE (RFC 9180), base mode: DHKEM, HKDF-SHA256, AES-256-GCM

const KEMS = {
  2: { id: [0, 32], algorithm: { name: 'X25519' }, bytes: 32 },
  3: { id: [0, 16], algorithm: { name: 'ECDH', namedCurve: 'P-256' }, bytes: 65 },
};

function labelled(suite) {
  return {
    extract: (salt, label, secret) =>
      hmac(salt.length ? salt : new Uint8Array(32), joined(utf8('HPKE-v1'), suite, utf8(label), secret)),
    expand: async (key, label, info, length) => {
      const said = joined([0, length], utf8('HPKE-v1'), suite, utf8(label), info, [1]);
      return (await hmac(key, said)).subarray(0, length);
    },
  };
}

async function schedule(kem, exchanged, enc, point, info) {
  const inner = labelled(joined(utf8('KEM'), kem.id));
  const shared = await inner.expand(
    await inner.extract([], 'eae_prk', exchanged), 'shared_secret', joined(enc, point), 32);
  const outer = labelled(joined(utf8('HPKE'), kem.id, [0, 1, 0, 2]));
  const said = joined([0], await outer.extract([], 'psk_id_hash', []), await outer.extract([], 'info_hash', info));
  const secret = await outer.extract(shared, 'secret', []);
  return { key: await outer.expand(secret, 'key', said, 32), iv: await outer.expand(secret, 'base_nonce', said, 12) };
}

async function exchange(kem, own, point) {
  const theirs = await subtle.importKey('raw', point, kem.algorithm, false, []);
  return new Uint8Array(await subtle.deriveBits({ name: kem.algorithm.name, public: theirs }, own, 256));
}

async function sealTo(suite, point, info, plain) {
  const kem = KEMS[suite], own = await subtle.generateKey(kem.algorithm, false, ['deriveBits']);
  const enc = new Uint8Array(await subtle.exportKey('raw', own.publicKey));
  const { key, iv } = await schedule(
    kem, await exchange(kem, own.privateKey, point), enc, point, joined([suite], info));
  const sealed = await subtle.encrypt({ name: 'AES-GCM', iv }, await aes(key, 'encrypt'), plain);
  return joined([suite], enc, new Uint8Array(sealed));
}

/* What was sealed to a P-256 key: replies. */
async function openWith(own, point, info, sealed) {
  const kem = KEMS[3], enc = sealed.subarray(1, 1 + kem.bytes);
  if (sealed[0] !== 3) throw new Error('another suite');
  const { key, iv } = await schedule(kem, await exchange(kem, own, enc), enc, point, joined([3], info));
  const cipher = sealed.subarray(1 + kem.bytes);
  return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, await aes(key, 'decrypt'), cipher));
}

// ---- A thread: what a code gives, what is sent, what is read

const ROUNDS = 600000, SIZES = [4096, 8192, 16384], SLOTS = 8;

async function keysOf(code) {
  const material = (bytes, name) => subtle.importKey('raw', bytes, name, false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash: 'SHA-512', salt: utf8('kunak/v1/return-code'), iterations: ROUNDS };
  const stretched = await material(await subtle.deriveBits(how, await material(code, 'PBKDF2'), 512), 'HKDF');
  const derived = async (use, length) => {
    const info = context('mailbox/' + use);
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info };
    return new Uint8Array(await subtle.deriveBits(hkdf, stretched, length * 8));
  };
  const scalar = async use => {
    const one = BigInt(1);
    return bytesOf(numberOf(await derived(use, 48)) % (onCurve().order - one) + one, 64);
  };
  const keys = {
    token: await derived('token', 32), secret: await derived('secret', 32),
    reply: await scalar('reply'), sign: await scalar('sign'),
  };
  keys.tokenHash = await sha256(keys.token);
  keys.replyPublic = publicOf(keys.reply);
  keys.signPublic = publicOf(keys.sign);
  keys.mailbox = hex(await sha256(context('mailbox/id', keys.tokenHash, keys.signPublic))).slice(0, 32);
  return keys;
}

/* The report, signed; its id follows from what it says and from `once`, so that sending again is no second one. */
async function report(keys, said, once) {
  const fields = {
    kind: said.kind, mailbox: keys.mailbox, reply_key: base64(keys.replyPublic), reply_secret: base64(keys.secret),
    sign_key: base64(keys.signPublic), token_hash: base64(keys.tokenHash),
    language: said.language, answers: said.answers || {}, text: said.text || '', attachments: said.attachments,
  };
  const same = context('report/id', keys.token, utf8(once), utf8(JSON.stringify(fields)));
  fields.id = hex(await sha256(same)).slice(0, 32);
  const kind = said.attachments ? 'exchange.Attaching' : 'exchange.Report';
  const body = utf8(JSON.stringify({ kind, fields }));
  const own = await privateKey(keys.sign, keys.signPublic, 'ECDSA', 'sign');
  const signature = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, own, context('report/signature', body));
  return { id: fields.id, plain: padded(joined(new Uint8Array(signature), body), SIZES) };
}

/* As it is sent: the id, then what is sealed; by X25519 where the browser has it, else by P-256. */
async function sealedReport(keys, said, once, office) {
  const made = await report(keys, said, once), info = context('report');
  const sealed = await sealTo(2, unhex(office.x25519), info, made.plain)
    .catch(() => sealTo(3, unhex(office.p256), info, made.plain));
  return joined(unhex(made.id), sealed);
}

async function openSlot(keys, own, slot) {
  const info = context('reply', utf8(keys.mailbox));
  const inner = await openWith(own, keys.replyPublic, info, slot);
  const how = { name: 'AES-GCM', iv: inner.subarray(1, 13), additionalData: joined([1], info) };
  const plain = await subtle.decrypt(how, await aes(keys.secret, 'decrypt'), inner.subarray(13));
  return JSON.parse(new TextDecoder().decode(unpadded(new Uint8Array(plain)))).fields;
}

/* The replies among the slots, in order, each once. Most slots hold nothing, and only the keys can tell. */
async function openSlots(keys, slots) {
  const own = await privateKey(keys.reply, keys.replyPublic, 'ECDH', 'deriveBits');
  const size = slots.length / SLOTS, found = {};
  for (let at = 0; at < slots.length; at += size) {
    const reply = await openSlot(keys, own, slots.subarray(at, at + size)).catch(() => null);
    if (reply) found[reply.id] = reply;
  }
  return Object.values(found).sort(
    (one, other) => Date.parse(one.at) - Date.parse(other.at) || (one.id < other.id ? -1 : 1));
}

// ---- The code: six words or 24 digits

const listOf = language => fetched('/' + language + '.txt',
  text => text.split('\n').filter(line => line && line[0] !== '#'));

function digitsOf(code) {
  const body = numberOf(code).toString().padStart(22, '0');
  const check = 98 - Number(BigInt(body) * BigInt(100) % BigInt(97));
  return (body + String(check).padStart(2, '0')).match(/..../g).join(' ');
}

function wordsOf(code, list) {
  const bits = numberOf(code).toString(2).padStart(72, '0');
  return bits.match(/.{12}/g).map(twelve => list[parseInt(twelve, 2)]);
}

const refusal = (sentence, number) => Object.assign(new Error(sentence), { sentence, number });

/* The code that somebody typed, in any spelling; or a refusal that says what to look at. */
async function readCode(typed) {
  const kept = typed.match(new RegExp('[\\p{L}\\p{N}]', 'gu')) || [];
  const digits = kept.map(digit);
  if (kept.length && !digits.includes(null)) return codeOfDigits(digits.join(''));
  const words = wordsIn(typed);
  if (!words.length) throw refusal('code-not-read');
  const letters = words.join(''), cyrillic = letters.match(/[Ѐ-ӿ]/g) || [];
  const list = await listOf(2 * cyrillic.length > letters.length ? 'ru' : 'en');
  return codeOfWords(words.length === 6 ? words : cut(letters, list), list);
}

/* The value of a digit of any script: ten of them stand in a row. */
function digit(letter) {
  const decimal = new RegExp('^\\p{Nd}$', 'u');
  if (!decimal.test(letter)) return null;
  let value = 0;
  while (decimal.test(String.fromCodePoint(letter.codePointAt(0) - 1 - value))) value += 1;
  return value % 10;
}

function codeOfDigits(digits) {
  if (digits.length !== 24) throw refusal('code-not-read');
  const value = BigInt(digits.slice(0, 22));
  const right = BigInt(digits) % BigInt(97) === BigInt(1) && value.toString(2).length <= 72;
  if (!right) throw refusal('code-digits-not-right');
  return bytesOf(value, 18);
}

function wordsIn(typed) {
  const plain = typed.normalize('NFC').toLowerCase().replace(/ё/g, 'е').replace(/ı|i\u0307/g, 'i');
  return plain.match(new RegExp('\\p{L}+', 'gu')) || [];
}

function codeOfWords(words, list) {
  const bits = words.map((word, at) => {
    const place = placeOf(word, list);
    if (place < 0) throw refusal('code-word-not-known', at + 1);
    return place.toString(2).padStart(12, '0');
  });
  return bytesOf(BigInt('0b' + bits.join('')), 18);
}

/* Where a word stands in the list; or the one word that it may be typed for, or that is one slip away; or -1. */
function placeOf(word, list) {
  const exact = list.indexOf(word);
  if (exact >= 0 || word.length > 16) return exact;
  const key = alike(word);
  const near = list.filter(one => oneSlip(word, one) || alike(one) === key);
  return near.length === 1 ? list.indexOf(near[0]) : -1;
}

/* Whether one letter is wrong, missing, added, or two neighbours are swapped. */
function oneSlip(typed, word) {
  if (Math.abs(typed.length - word.length) > 1) return false;
  let start = 0, end = 0;
  const least = Math.min(typed.length, word.length);
  while (start < least && typed[start] === word[start]) start += 1;
  while (end < least - start && typed[typed.length - 1 - end] === word[word.length - 1 - end]) end += 1;
  const from = typed.slice(start, typed.length - end), to = word.slice(start, word.length - end);
  return from.length < 2 && to.length < 2 || to.length === 2 && from === to[1] + to[0];
}

const TYPED_AS = 'ғг ґг ҕг қк ҝк ҡк ҳх һх ҷч ҹч ңн ҥн өо үу ұу әа єе ҙз ҫс іи ӏи ıi əe';
const typedAs = {};
TYPED_AS.split(' ').forEach(pair => { typedAs[pair[0]] = pair[1]; });

/* One key for letters that are typed for one another (kunak/letters.py, as far as words of the lists need it). */
function alike(word) {
  if (/^([a-z]+|[а-зик-я]+)$/.test(word)) return word;
  const bare = word.normalize('NFKD').toLowerCase().normalize('NFKD').replace(new RegExp('\\p{Mn}', 'gu'), '');
  const plain = bare.replace(/[^a-zа-я]/g, letter => typedAs[letter] || letter);
  const key = plain.replace(/[il]+/g, (run, at, whole) => {
    return /[а-ӿ]/.test((whole[at - 1] || '') + (whole[at + run.length] || '')) ? 'и' : run;
  });
  return key === word ? key : alike(key);
}

/* Six words that were written as one, if there is exactly one way to cut them. */
function cut(letters, list) {
  const words = new Set(list), ways = [];
  const go = (rest, count, found) => {
    if (!count && !rest) ways.push(found);
    for (let end = 3; count && end <= Math.min(rest.length, 12); end += 1) {
      if (words.has(rest.slice(0, end))) go(rest.slice(end), count - 1, found.concat(rest.slice(0, end)));
    }
  };
  if (letters.length <= 80) go(letters, 6, []);
  if (ways.length !== 1) throw refusal('code-not-read');
  return ways[0];
}

// ---- The pages: parts of one document that is fetched once for a language, put in place of each other

const base = document.currentScript ? document.currentScript.src.replace(/\/k\.js$/, '') : '';
const known = {};
let now = {}; // all that is known of this visit; nothing of it outlives the page
let path = '/'; // of the page that is seen, under the base
let pressed = null; // the button of a form that was pressed last

function forget() { now = { answers: {}, once: '', messages: [] }; }

const pause = seconds => new Promise(done => setTimeout(done, seconds * 1000));

/* Ask the relay. A line that breaks, or a relay that is busy, is asked again: nothing is done twice by that. */
async function asked(path, body) {
  const how = { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer' };
  const sent = { method: 'POST', body, headers: { 'Content-Type': 'application/octet-stream' } };
  for (const wait of [1, 3, 6, 0]) {
    const answer = await fetch(base + path, Object.assign(how, body && sent)).catch(() => null);
    const refused = answer && !answer.ok, came = answer && await answer.arrayBuffer().catch(() => null);
    if (came && !refused) return new Uint8Array(came);
    if (!wait) throw refusal(refused ? 'not-kept' : 'line');
    if (refused && answer.status !== 503) throw refusal('not-kept');
    await pause(wait);
  }
}

const get = async path => new TextDecoder().decode(await asked(path));

const page = text => new DOMParser().parseFromString(text, 'text/html');

/* What was asked for once in this visit, and made of it; what did not come is asked for again. */
function fetched(address, make) {
  if (!known[address]) {
    known[address] = get(address).then(make);
    known[address].catch(() => { delete known[address]; });
  }
  return known[address];
}

const partsIn = language => fetched('/j?l=' + language, page);

function remove(node) { if (node) node.remove(); }

/* Put the nodes of a document's header, and of `from`, in place of what is seen. */
function place(from, whole) {
  const main = find('main');
  const fill = (into, source) => {
    into.textContent = '';
    if (source) into.append(...document.importNode(source, true).childNodes);
  };
  html.lang = whole.documentElement.lang;
  html.dir = whole.documentElement.dir;
  document.title = whole.title;
  fill(find('header'), whole.querySelector('header'));
  fill(find('footer'), from.querySelector('footer') || whole.querySelector('body > footer'));
  fill(main, from);
  const heading = main.querySelector('h1');
  scrollTo(0, 0);
  if (heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

/* Whoever has begun to type a code goes on with it: in another language, or when the script takes over. */
function part(id) {
  const typed = find('#code');
  now.part = id;
  place(now.parts.getElementById(id), now.parts);
  const field = find('#code');
  if (field && typed && typed.value) {
    field.value = typed.value;
    field.focus();
  }
}

/* Say one of the sentences at the top of what is seen. */
function say(id, number) {
  remove(find('#said'));
  const sentence = document.importNode(now.parts.getElementById('say-' + id), true);
  Object.assign(sentence, { id: 'said', className: 'n' }).setAttribute('role', 'alert');
  if (number) sentence.innerHTML = sentence.innerHTML.replace('{number}', Number(number));
  find('main').prepend(sentence);
  scrollTo(0, 0);
}

/* Do something that takes its time: buttons rest meanwhile, and what goes wrong is said. */
async function busy(id, work) {
  const buttons = all('main button'), rest = on => buttons.forEach(button => { button.disabled = on; });
  say(id);
  rest(true);
  try {
    await work();
  } catch (error) {
    rest(false);
    say(error.sentence || 'not-kept', error.number);
  }
}

// ---- The first questions, as kunak/exchange/relay/screens.py has them

const DANGER = { now: 0, within_hours: 1, within_days: 2, no: 3 }, SAFE = { no: 1, not_sure: 2 };

const one = key => (now.answers[key] || [''])[0];

const lastScreen = () => now.parts.querySelectorAll('section[id^=screen-]').length - 1;

const onScreen = () => now.part === 'screen-' + now.screen;

const isContact = screen => !!now.parts.querySelector('#screen-' + screen + ' [name=contact_channel]');

function keysOn(screen) {
  const fields = now.parts.querySelectorAll('#screen-' + screen + ' [name]:not([type=hidden]):not([name=go])');
  return Array.from(fields, field => field.name);
}

/* The fields of the form that is seen, as far as something is chosen or written there. */
function noteAnswers() {
  keysOn(now.screen).forEach(key => {
    if (!find('main button[name=' + key + ']')) delete now.answers[key];
  });
  all('main [name]:not(button):not([type=hidden])').forEach(field => {
    const chosen = !/radio|checkbox/.test(field.type) || field.checked;
    const given = clean(field.value), before = now.answers[field.name] || [];
    if (chosen && given) now.answers[field.name] = before.concat(given);
  });
}

const clean = text =>
  text.normalize('NFC').replace(/\r\n?/g, '\n').replace(new RegExp('[^\\P{Cc}\\n\\t]', 'gu'), '').trim();

function screenShown(screen) {
  now.screen = Math.min(screen, lastScreen()); // in surge there are fewer
  part('screen-' + now.screen);
  if (!screen || (one('safe_now') || 'yes') === 'yes') remove(find('#unsafe'));
  if (now.parts.body.dataset.clocks.split(' ').includes(one('region'))) {
    all('main label[for=utc_offset_minutes],#utc_offset_minutes').forEach(remove);
  }
  all('main [name]:not([type=hidden])').forEach(field => {
    const given = now.answers[field.name];
    if (!given) return;
    if (/radio|checkbox/.test(field.type)) field.checked = given.includes(field.value);
    else if (field.tagName !== 'BUTTON') field.value = given[0];
    else if (field.value === given[0]) {
      field.className = 'go';
      field.setAttribute('aria-pressed', 'true');
    }
  });
}

function step(by) {
  let to = Math.max(0, Math.min(lastScreen(), now.screen + by));
  if (isContact(to) && one('answer_how') !== 'contact_me') to += by;
  return to;
}

function skip() {
  keysOn(now.screen).forEach(key => { delete now.answers[key]; });
  if (isContact(now.screen)) now.answers.answer_how = ['come_back'];
}

/* What is wrong with this screen's answers, as the name of a sentence. */
function problem() {
  if (!one('safe_now')) return 'AnswerNeeded';
  if (one('text').length > 2000) return 'TextTooLong';
  if (!isContact(now.screen) || one('answer_how') !== 'contact_me') return '';
  const half = [['contact_from', 'contact_to'], ['never_from', 'never_to']].some(ends => {
    const from = one(ends[0]), to = one(ends[1]);
    return !from !== !to || from && from % 24 === to % 24 && from + to !== '0024';
  });
  return half || !one('contact_channel') || !one('contact_address') ? 'ContactUnfinished' : '';
}

function start() {
  now.code = crypto.getRandomValues(new Uint8Array(9));
  now.keys = keysOf(now.code); // takes a second or two: while the person reads
  now.keys.catch(() => {});
  listOf(now.parts.body.dataset.words).catch(() => {}); // to spell the code with, when it is sent
  screenShown(0);
}

async function answered(button) {
  const go = button.name === 'go' ? button.value : 'next';
  noteAnswers();
  if (button.name !== 'go') now.answers[button.name] = [button.value];
  if (go === 'back') return screenShown(step(-1));
  if (go === 'skip') skip();
  const wrong = problem();
  if (wrong) return say(wrong);
  if (go !== 'send') return screenShown(step(1));
  return busy('sending', async () => {
    await send(await now.keys, { kind: 'request', answers: now.answers }, '');
    const level = (levels, key, otherwise) => one(key) in levels ? levels[one(key)] : otherwise;
    now.level = Math.min(level(DANGER, 'danger', 2), level(SAFE, 'safe_now', 3));
    now.answers = {};
    await sentShown();
  });
}

async function send(keys, said, once) {
  said.language = html.lang;
  await asked('/j', await sealedReport(keys, said, once, now.parts.body.dataset));
}

/* The code, in words if the list has come: digits alone open the thread as well. */
async function sentShown() {
  const list = await listOf(now.parts.body.dataset.words).catch(() => null);
  part('sent');
  all('main [data-level]:not([data-level="' + now.level + '"])').forEach(remove);
  find('#digits').textContent = digitsOf(now.code);
  if (list) find('#words').textContent = wordsOf(now.code, list).join(' · ');
  else all('#words,#same').forEach(remove);
}

// ---- A thread

function threadShown(said) {
  part('thread');
  now.once = hex(crypto.getRandomValues(new Uint8Array(8)));
  now.messages.forEach(message => {
    const shown = document.createElement('p');
    Object.assign(shown, { className: 'm', dir: 'auto', textContent: message.text });
    find('#none').before(shown, document.createElement('hr'));
  });
  if (now.messages.length) remove(find('#none'));
  if (said) say(said);
}

const mailbox = (keys, verb) => asked('/k', joined([verb], keys.token, keys.signPublic));

function opened() {
  return busy('opening', async () => {
    const keys = await keysOf(await readCode(find('#code').value));
    now.messages = await openSlots(keys, await mailbox(keys, 0));
    now.keys = keys;
    threadShown();
  });
}

function acted(button) {
  const ask = button.value.split('-')[0];
  noteDraft();
  if (button.value === 'no') return threadAgain();
  if (ask === 'send') return written(clean(now.draft));
  if (button.value === ask) return part(ask); // stop, delete: asked once more
  return busy('sending', async () => {
    await send(now.keys, { kind: ask }, now.once);
    if (ask === 'delete') {
      await mailbox(now.keys, 1);
      now.messages = [];
    }
    threadAgain(ask === 'stop' ? 'stopped' : 'deleted');
  });
}

function written(text) {
  if (!text || text.length > 2000) return say(text ? 'long' : 'empty');
  return busy('sending', async () => {
    await send(now.keys, { kind: 'message', text }, now.once);
    now.draft = '';
    threadShown('sent');
  });
}

function noteDraft() {
  const field = find('#text');
  if (field) now.draft = field.value;
}

function threadAgain(said) {
  threadShown(said);
  find('#text').value = now.draft || '';
}

// ---- Taking the page over

/* The same view in another language; nothing that was answered is lost. */
async function turned(language) {
  noteDraft();
  if (onScreen()) noteAnswers();
  now.parts = await partsIn(language);
  if (now.part === 'sent') return sentShown();
  if (now.part === 'thread') return threadAgain();
  if (onScreen()) return screenShown(now.screen);
  return part(now.part);
}

async function follow(to, language) {
  const scripted = to === '/w' || to === '/c';
  const whole = scripted ? await partsIn(language) : page(await get(to + '?l=' + language));
  if (scripted && !whole.body.dataset.p256) throw new Error('an office with older keys');
  forget();
  path = to;
  now.parts = whole;
  if (to === '/w') return start();
  return to === '/c' ? part('code') : place(whole.querySelector('main'), whole);
}

function languageIn(address) {
  const chosen = /[?&]l=([a-z]+)/.exec(address);
  return chosen ? chosen[1] : html.lang;
}

/* The script for what few need comes when its button is pressed. */
function further(button) {
  const script = document.createElement('script');
  button.disabled = true;
  script.onerror = () => { button.disabled = false; say('line'); };
  script.src = base + '/a.js';
  document.head.append(script);
}

function clicked(event) {
  const link = event.target.closest('a[href]');
  pressed = event.target.closest('button') || pressed;
  if (event.target.closest('#attach')) further(pressed);
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.href === (wayOut() || link).href) {
    event.preventDefault();
    leave(link.href);
  } else if (able && link.href.startsWith(base + '/')) {
    event.preventDefault();
    const to = link.getAttribute('href')[0] === '?' ? path : link.href.slice(base.length).split('?')[0];
    const go = now.part && to === path ? turned(languageIn(link.href)) : follow(to, languageIn(link.href));
    go.catch(() => { location.href = link.href; }); // the way without script
  }
}

function submitted(event) {
  if (!now.part) return; // a page of the way without script: it goes on as it began
  event.preventDefault();
  const button = event.submitter || pressed;
  if (button.closest('details.l')) turned(button.value.split('-').pop()).catch(() => { say('line'); });
  else if (now.part === 'code') opened();
  else if (onScreen()) answered(button);
  else acted(button);
}

const able = !!(subtle && typeof BigInt === 'function' && window.fetch && window.TextDecoder && base);
forget();
path = location.pathname.slice(base.replace(/^\w+:\/\/[^/]*/, '').length) || '/';
addEventListener('click', clicked);
addEventListener('submit', submitted);

if (able) {
  history.replaceState(null, '', base + '/'); // the address of this visit, wherever in it one is
  const first = find('input[name=s]');
  if (path === '/c' || path === '/w' && first && first.value === '0') {
    if (!find('[role=alert]')) follow(path, html.lang).catch(() => {});
  }
}
