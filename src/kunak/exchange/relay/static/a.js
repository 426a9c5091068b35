/* Photos and files. This comes when its button is pressed and uses the functions of kunak.js. It takes out what phones
   hide in photos, seals what is sent in pieces of one size, and brings them to the relay over any line that lets one
   through now and then. docs/threads.md has it byte by byte. */
'use strict';

const PIECE = 65536, MOST_BYTES = 25000000, MOST_FILES = 8;
const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384];

const files = () => now.files || (now.files = []); // chosen and not sent yet; forgotten with `now`

const copyOf = id => document.importNode(now.parts.getElementById(id), true);

const chance = count => crypto.getRandomValues(new Uint8Array(count));

const letters = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));

const viewOf = bytes => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

const bytesIn = blob => new Response(blob).arrayBuffer().then(read => new Uint8Array(read), () => {
  throw refusal('attach-unread'); // gone, or changed since it was chosen
});

// ---- What a file is, by its first bytes; and what is hidden in it

const SIGNS = {
  jpg: /^\xff\xd8\xff/, png: /^\x89PNG\r\n\x1a\n/, webp: /^RIFF[^]{4}WEBP/, heic: /^[^]{4}ftyp(he|mif|msf|avi)/,
  m4a: /^[^]{4}ftypM4A/, mp4: /^[^]{4}ftyp/, webm: /^\x1aE\xdf\xa3/, ogg: /^OggS/, pdf: /^%PDF/,
  mp3: /^(ID3|\xff[\xf2\xf3\xfa\xfb])/,
};

const typeOf = (bytes, said) => Object.keys(SIGNS).find(type => SIGNS[type].test(letters(bytes, 0, 16)))
  || (said === 'text/plain' ? 'txt' : 'bin');

/* What remains of a picture, as pieces of its bytes: what draws it, and nothing that was noted beside it; what is not
   known is not kept. Null for what cannot be made bare or is not built as it should be. */
function bareOf(type, bytes) {
  const way = { jpg: bareJpeg, png: barePng, webp: bareWebp }[type];
  try {
    return way && way(bytes);
  } catch (error) {
    return null; // it ends before it should
  }
}

/* Kept: tables, frames and scans; how Adobe means the colours; which way up it is, in a note of our own. What follows
   the end (a second picture, a film) goes. */
function bareJpeg(bytes) {
  const kept = [bytes.subarray(0, 2)];
  let at = 2;
  while (bytes[at] === 255) {
    const mark = bytes[at + 1];
    let end = at + 2 + (bytes[at + 2] << 8 | bytes[at + 3]);
    if (mark === 0xd9) return kept.concat(bytes.subarray(at, at + 2));
    if (mark === 0xda) end = endOfScan(bytes, end);
    if (!(end > at + 3 && end < bytes.length)) return null;
    const segment = bytes.subarray(at, end), turn = mark === 0xe1 ? turnIn(segment) : 0;
    if (turn > 1 && turn < 9) kept.splice(1, 0, unhex(TURN + turn + '000000000000'));
    const adobe = mark === 0xee && segment.length === 16 && letters(segment, 4, 9) === 'Adobe';
    if (/^c|^d[a-d]/.test(hex([mark])) || adobe) kept.push(segment);
    at = end;
  }
  return null;
}

const TURN = 'ffe100224578696600004d4d002a0000000800010112000300000001000';

function endOfScan(bytes, from) {
  const isIn = next => !next || next >> 3 === 26; // no mark, or one that the scan goes on after
  let at = bytes.indexOf(255, from);
  while (at >= 0 && isIn(bytes[at + 1])) at = bytes.indexOf(255, at + 2);
  return at;
}

function turnIn(segment) {
  if (letters(segment, 4, 8) !== 'Exif') return 0;
  const view = viewOf(segment), small = view.getUint16(10) === 0x4949, list = 10 + view.getUint32(14, small);
  for (let at = list + 2, left = view.getUint16(list, small); left; left -= 1, at += 12) {
    if (view.getUint16(at, small) === 0x112) return view.getUint16(at + 8, small);
  }
  return 0;
}

const DRAWS = /IHDR|PLTE|IDAT|IEND|tRNS|gAMA|cHRM|sRGB|sBIT|bKGD|acTL|fcTL|fdAT|VP8|ALPH|ANIM|ANMF/;

function barePng(bytes) {
  const kept = [bytes.subarray(0, 8)], view = viewOf(bytes);
  for (let at = 8; ;) {
    const end = at + 12 + view.getUint32(at), kind = letters(bytes, at + 4, at + 8);
    if (DRAWS.test(kind)) kept.push(bytes.subarray(at, end));
    if (kind === 'IEND') return kept;
    at = end;
  }
}

function bareWebp(bytes) {
  const kept = [], view = viewOf(bytes), whole = Math.min(8 + view.getUint32(4, true), bytes.length);
  for (let at = 12; at < whole;) {
    const size = view.getUint32(at + 4, true), end = Math.min(at + 8 + size + size % 2, whole);
    const kind = letters(bytes, at, at + 4);
    if (kind === 'VP8X') kept.push(bytes.slice(at, end).map((byte, place) => place === 8 ? byte & 18 : byte));
    else if (DRAWS.test(kind)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  const size = kept.reduce((sum, piece) => sum + piece.length, 4);
  return [joined(utf8('RIFF'), bytesOf(size, 8).reverse(), utf8('WEBP')), ...kept];
}

/* What is sent of a file: another content has another id and another key. WebCrypto hashes only what it is given at
   once, so it is in memory whole here. It is sent by slices from where it lies, and what was taken out is
   left out by slices too: no copy is made that the browser might lay on the disk. */
async function madeOf(file, evidence) {
  const whole = await bytesIn(file), type = typeOf(whole, file.type);
  const bare = evidence ? null : bareOf(type, whole);
  const sliced = p => p.buffer === whole.buffer ? file.slice(p.byteOffset, p.byteOffset + p.length) : p;
  const blob = bare ? new Blob(bare.map(sliced)) : file;
  return {
    blob, type, evidence, id: chance(16), key: chance(32), size: blob.size,
    parts: COUNTS.find(count => blob.size <= count * PIECE), there: 0,
    sha256: await sha256(bare ? joined(...bare) : whole),
    told: evidence ? 'attach-as-it-is' : bare ? 'attach-bare' : 'attach-hidden',
  };
}

const told = made => [
  base64(made.id), base64(made.key), made.parts, made.size, base64(made.sha256), made.type, made.evidence,
];

// ---- The pieces, and how they reach the relay (kunak.exchange.attaching.Sender)

async function spelledPart(made, place) {
  const piece = new Uint8Array(PIECE);
  piece.set(await bytesIn(made.blob.slice(place * PIECE, (place + 1) * PIECE)));
  const about = context('upload', made.id, bytesOf(place, 16), [Number(place === made.parts - 1)]);
  const how = { name: 'AES-GCM', iv: bytesOf(place, 24), additionalData: joined([1], about) };
  const sealed = new Uint8Array(await subtle.encrypt(how, await aes(made.key, 'encrypt'), piece));
  return joined(made.id, bytesOf(place, 4), bytesOf(made.parts, 4), [1], sealed);
}

const lackingOf = (made, there) => Array.from(Array(made.parts).keys())
  .filter(place => !(there[place >> 3] & 128 >> place % 8));

async function posted(body) {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 90000); // to stop what is over does nothing
  const answer = await fetch(base + '/u', {
    method: 'POST', body, headers: { 'Content-Type': 'application/octet-stream' }, signal: stop.signal,
    cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer',
  });
  if (!answer.ok) throw Object.assign(new Error(answer.status), { status: answer.status });
  return new Uint8Array(await answer.arrayBuffer());
}

/* Wait for the next try; a line that comes back ends it. */
const untilLine = seconds => new Promise(done => {
  setTimeout(done, seconds * 1000);
  addEventListener('online', done, { once: true });
});

/* Ask what is there, post what is not, and again from the asking after every break, until nothing lacks. */
async function bring(made, going) {
  for (let breaks = 0; now.going === going;) {
    try {
      const lacking = lackingOf(made, await posted(made.id));
      made.there = made.parts - lacking.length;
      show(going, 'attach-going');
      if (!lacking.length) return;
      for (const place of lacking) {
        if (now.going !== going) return;
        await posted(await spelledPart(made, place));
        made.there += 1;
        breaks = 0;
        show(going, 'attach-going');
      }
    } catch (error) {
      if (error.sentence || /404|413/.test(error.status)) throw error;
      breaks += 1;
      show(going, error.status === 503 ? 'attach-full' : 'attach-no-line');
      await untilLine(Math.min(2 * breaks, 30));
    }
  }
}

/* If other bytes lie under an id, it goes under another, told by a message: once. */
async function bringAll(going) {
  try {
    for (const made of going.files) {
      await bring(made, going).catch(async error => {
        if (error.status !== 404) throw error;
        Object.assign(made, { id: chance(16), key: chance(32), there: 0 });
        await sendWords(going.keys, { kind: 'message', text: '–', attachments: [told(made)] }, hex(made.id));
        await bring(made, going);
      });
    }
    over(going, 'attach-done');
  } catch (error) {
    over(going, error.sentence || 'attach-failed');
  }
}

// ---- How it goes, above the page

const sentenceOf = id => copyOf('say-' + id).innerHTML;

/* In words, aloud for who listens, and no oftener than every two seconds. */
function show(going, id) {
  if (now.going !== going || id === going.said && Date.now() - going.at < 2000) return;
  Object.assign(going, { said: id, at: Date.now() });
  const sum = what => going.files.reduce((all, made) => all + made[what], 0);
  now.block.querySelector('p').innerHTML = sentenceOf(id)
    .replace('{done}', sum('there')).replace('{all}', sum('parts'));
}

function over(going, id) {
  going.at = 0;
  show(going, id);
  if (now.going !== going) return;
  remove(now.block.querySelector('button'));
  now.going = null;
}

function begin(keys, made) {
  if (now.going) return now.going.files.push(...made);
  const going = { keys, files: made, at: 0 };
  remove(find('#going'));
  now.going = going;
  now.block = copyOf('going');
  now.block.querySelector('button').onclick = () => over(going, 'attach-stopped');
  find('main').before(now.block);
  return bringAll(going);
}

// ---- In place of the button: what is chosen

function draw() {
  const list = find('#files');
  if (!list) return;
  list.textContent = '';
  files().forEach(entry => {
    const row = copyOf('one-file'), tick = row.querySelector('input');
    const made = entry.made || { type: '', size: entry.file.size };
    row.id = '';
    row.querySelector('b').textContent = made.type.toUpperCase() + ' ' + Math.ceil(made.size / 1024) + ' KB';
    if (made.told) row.querySelector('span').innerHTML = sentenceOf(made.told);
    tick.checked = entry.evidence;
    tick.onchange = () => make(entry, tick.checked);
    row.querySelector('button').onclick = () => drop(entry);
    list.append(row);
  });
}

function drop(entry) {
  now.files = files().filter(other => other !== entry);
  draw();
}

function make(entry, evidence) {
  const ready = madeOf(entry.file, evidence), isLast = () => entry.ready === ready && files().includes(entry);
  Object.assign(entry, { evidence, ready, made: null });
  ready.then(made => {
    entry.made = made;
    if (isLast()) draw();
  }, () => {
    if (!isLast()) return;
    drop(entry);
    say('attach-unread');
  });
}

function choose(input) {
  for (const file of input.files) {
    const entry = { file };
    if (!file.size || file.size > MOST_BYTES) say('attachment-size');
    else if (files().length >= MOST_FILES) say('attach-many');
    else {
      files().push(entry);
      make(entry, false);
    }
  }
  input.value = '';
  draw();
}

function offer() {
  const button = find('#attach'), block = find('#going');
  if (block && block !== now.block) remove(block); // of a visit that was forgotten
  if (!button) return;
  button.replaceWith(copyOf('attached'));
  find('#file').onchange = event => choose(event.target);
  draw();
}

// ---- What kunak.js sends, from now on with what is attached

const sendWords = send, writeWords = written;

send = async (keys, said, once) => {
  const visit = now, takes = said.kind === 'request' || said.kind === 'message';
  const made = await Promise.all(takes ? files().map(entry => entry.ready) : []);
  if (made.length) said.attachments = made.map(told);
  await sendWords(keys, said, once);
  if (!made.length || visit !== now) return;
  now.files = [];
  begin(keys, made); // the words are there: the page goes on
};

written = text => writeWords(text || (files().length ? '–' : ''));

new MutationObserver(offer).observe(find('main'), { childList: true });
offer();
find('#file').focus();
