/**
 * How often is the language of a sentence judged right? Ten sentences of every language that the page offers (accuracy/sentences.txt), each
 * judged by itself, which is harder than a whole thought. accuracy/README.md is the table; a changed figure fails here, `vitest -u` writes it.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ELD_CODES, loadEld } from './detectors.ts';
import { languageCode, languageShare } from './index.ts';
import { knownLanguages, languagesByCode, offeredLanguages } from './languages.ts';
import { closeLanguages } from './tells.ts';

interface Sample {
  readonly name: string;
  readonly neighbours: readonly string[];
  readonly sentences: readonly string[];
}

/** A block a language: "== name | neighbours", then its sentences, one a line. */
const samples: readonly Sample[] = readFileSync(new URL('accuracy/sentences.txt', import.meta.url), 'utf8')
  .trim()
  .split(/\n\s*\n/)
  .map((block) => {
    const [head, ...sentences] = block.split('\n') as [string, ...string[]];
    const [name, neighbours] = head.slice(3).split('|') as [string, string];
    const names = neighbours.split(',').map((one) => one.trim());
    return { name: name.trim(), neighbours: names.filter((one) => one !== ''), sentences };
  });

const english = samples.find(({ name }) => name === 'English')!.sentences;

async function countIn(sentences: readonly string[], asked: string, among: readonly string[]): Promise<number> {
  let count = 0;
  for (const sentence of sentences) if ((await languageShare(sentence, asked, among)).share === 1) count++;
  return count;
}

/** Languages that a script leaves: those offered in it, and those named. */
function judgedBy(code: string, neighbours: readonly string[]): string {
  const { scripts } = languagesByCode.get(code)!;
  if (code === 'ja' || code === 'zh') return 'script, telling characters';
  const near = neighbours.map((name) => languageCode(name)!);
  const rivals = knownLanguages.filter((one) => one.code !== code && one.scripts.some((script) => scripts.includes(script)));
  if (!rivals.some((one) => offeredLanguages.includes(one) || near.includes(one.code))) return 'script';
  const close = closeLanguages(code, '') === null ? '' : ', telling words';
  if (code === 'bn') return `script${close}`;
  const both = ELD_CODES.has(code) && near.some((other) => !ELD_CODES.has(other));
  return `${both ? 'eld, franc' : ELD_CODES.has(code) ? 'eld' : 'franc'}${close}`;
}

async function measure({ name, neighbours, sentences }: Sample) {
  const own = await countIn(sentences, name, neighbours);
  const whole = (await languageShare(sentences.join(' '), name, neighbours)).share!;
  const asEnglish = name === 'English' ? 0 : await countIn(sentences, 'English', [name]);
  const englishAs = name === 'English' ? 0 : await countIn(english, name, neighbours);
  const taken: [string, number][] = [];
  for (const other of neighbours) {
    const count = await countIn(sentences, other, [name]);
    if (count > 0) taken.push([other, count]);
  }
  return { name, neighbours, own, whole, asEnglish, englishAs, taken };
}

const HEAD = `# How often the language of a sentence is judged right

Ten plain sentences a language, of the kind a chain of thought in mathematics has, each judged by itself against English, the language and its
neighbours. **The sentences were written by a language model and no speaker has checked them.** The lines of Vai are letters of its script and no
sentences; only the script is tried. Telling words (tells.ts) were chosen with these figures in sight, so those of close languages are flattering. \`src/lib/language/accuracy.test.ts\` measures and compares; \`npx vitest -u\` on it writes this file anew.

"As one text" judges the ten together, as a thought is judged. "English so" counts English sentences (of ten) that pass for the language, "as English" its own
that pass for English. "Also taken for" counts its sentences that pass for a neighbour where that one is asked for. Twins such as Indonesian and Malay
share most short sentences: one without a telling word counts as whichever is asked for.

| language | code | judged by | neighbours | right of 10 | as one text | English so | as English | also taken for |
|---|---|---|---|---|---|---|---|---|
`;

it('is measured for every language offered, with the figures of the table', { timeout: 120_000 }, async () => {
  const rows = [];
  for (const sample of samples) rows.push(await measure(sample));
  const lines = rows.map(({ name, neighbours, own, whole, asEnglish, englishAs, taken }) => {
    const code = languageCode(name)!;
    const also = taken.map(([other, count]) => `${other} ${count}`).join(', ');
    return `| ${[name, code, judgedBy(code, neighbours), neighbours.join(', '), own, whole, englishAs, asEnglish, also].join(' | ')} |`;
  });
  await expect(`${HEAD}${lines.join('\n')}\n`).toMatchFileSnapshot('accuracy/README.md');
  for (const row of rows) {
    expect(row.own, row.name).toBeGreaterThanOrEqual(7);
    expect(row.whole, row.name).toBeGreaterThanOrEqual(0.9);
    expect([row.name, row.asEnglish, row.englishAs]).toEqual([row.name, 0, 0]);
  }
  const all = rows.reduce((sum, { own }) => sum + own, 0);
  expect(all / (10 * rows.length)).toBeGreaterThanOrEqual(0.97);
});

it('has ten sentences and known neighbours for every language offered', () => {
  expect(samples.map(({ name }) => languageCode(name)).sort()).toEqual(offeredLanguages.map(({ code }) => code).sort());
  for (const { name, neighbours, sentences } of samples) {
    expect([name, new Set(sentences).size]).toEqual([name, 10]);
    expect(neighbours.map(languageCode), name).not.toContain(null);
  }
});

it('offers the languages of MGSM and AfriMGSM', () => {
  const wanted = 'bn de en es fr ja ru sw te th zh am ee ha ig rw ln lg om sn st tw vai wo xh yo zu'.split(' ');
  expect(wanted.filter((code) => !offeredLanguages.some((one) => one.code === code))).toEqual([]);
});

it('knows what the detectors know', async () => {
  const { data } = await import('franc-all/data.js');
  const trigrams = new Set(Object.values(data).flatMap((byLanguage) => Object.keys(byLanguage)));
  await loadEld();
  const { eld } = await import('eld/medium');
  expect([...ELD_CODES].sort()).toEqual(Object.values(eld.info().Languages).sort());
  const alone = new Set(['si', 'km', 'my', 'bo', 'dv', 'vai', 'as']); // their scripts decide
  for (const { code, iso3, name } of knownLanguages)
    if (!ELD_CODES.has(code) && !alone.has(code)) expect([name, trigrams.has(iso3)]).toEqual([name, true]);
});
