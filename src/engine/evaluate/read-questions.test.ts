/** Question sets as they are in the wild (e2e/fixtures/evaluation/sets): every row is read as it should be, or said. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { QuestionOptions, QuestionSet } from '../../protocol/evaluation.ts';
import { bundledQuestions } from './bundled-questions.ts';
import { judgeText } from './judge-reply.ts';
import { readQuestionFiles } from './read-questions.ts';

const fixtures = join(import.meta.dirname, '../../../e2e/fixtures/evaluation');
const expected = JSON.parse(readFileSync(join(fixtures, 'sets/expected.json'), 'utf8')) as Record<
  string,
  {
    rows?: { question: string; answer: string | null }[];
    refused?: string;
    accepts?: Record<string, string[]>;
    refuses?: Record<string, string[]>;
    gold?: ([string, string] | null)[];
    questions?: Record<string, number>;
  }
>;
const fixture = (path: string): Promise<QuestionSet> =>
  readQuestionFiles([{ path, blob: new Blob([readFileSync(join(fixtures, path))]) }], path);
const read = (files: Record<string, string>, options?: QuestionOptions): Promise<QuestionSet> =>
  readQuestionFiles(
    Object.entries(files).map(([path, text]) => ({ path, blob: new Blob([text]) })),
    'set',
    options,
  );
const rowsOf = ({ questions }: QuestionSet) => questions.map(({ question, gold }) => ({ question, answer: gold }));
const said = ({ problems }: QuestionSet) =>
  problems.map(({ text }) => text).filter((text) => !text.includes('does not say in which language'));

describe('a table', () => {
  it.each(Object.entries(expected).flatMap(([name, { rows }]) => (rows ? [[name, rows] as const] : [])))('%s', async (name, rows) => {
    expect(rowsOf(await fixture(`sets/${name}`))).toEqual(rows);
  });

  it('of questions alone is refused', async () => {
    await expect(fixture('sets/one_column.tsv')).rejects.toThrow(expected['one_column.tsv']!.refused);
  });

  it('says what it found otherwise than by known names, and what it cannot score', async () => {
    expect(said(await fixture('sets/header_looks_like_a_row.tsv'))).toEqual([
      'Row 1 (Frage, Antwort) is taken as the header of sets/header_looks_like_a_row.tsv, not as a question.',
    ]);
    expect(said(await fixture('sets/answer_first.tsv'))).toEqual([
      'The questions were found in "column 2" and the answers in "column 1", by what the columns hold.',
    ]);
    expect(said(await fixture('sets/header.tsv'))).toEqual(['Row 4 has no answer in "answer_number", so nothing of it is scored.']);
    const words = await read({
      'fi.tsv': 'Kysymys\tVastaus\nMikä on Suomen pääkaupunki?\tHelsinki\nMikä on Ruotsin pääkaupunki?\tTukholma\n',
    });
    expect(words.questions).toHaveLength(2);
    expect(said(words)).toContain('Row 1 (Kysymys, Vastaus) is taken as the header of fi.tsv, not as a question.');
    for (const name of ['plain_quotes.tsv', 'bom_crlf_blank.tsv', 'units.tsv']) expect(said(await fixture(`sets/${name}`))).toEqual([]);
  });

  it('with units is judged by them', async () => {
    const { questions } = await fixture('sets/units.tsv');
    const { accepts, refuses } = expected['units.tsv']!;
    for (const { gold } of questions)
      for (const language of ['de', '']) {
        for (const answer of accepts![gold!]!) expect([answer, judgeText(answer, gold, language).right]).toEqual([answer, true]);
        for (const answer of refuses![gold!]!) expect([answer, judgeText(answer, gold, language).right]).toEqual([answer, false]);
      }
  });

  it('whose cells are quoted is read by its quotes', async () => {
    const doubled = await read({ 'de.tsv': '"Er sagt ""Halt"" laut.\nWie oft?"\t1\nWas ist 1+1?\t2\n' });
    expect(rowsOf(doubled)).toEqual([
      { question: 'Er sagt "Halt" laut.\nWie oft?', answer: '1' },
      { question: 'Was ist 1+1?', answer: '2' },
    ]);
    expect(rowsOf(await read({ 'de.tsv': '"Was ist 1+1?"\t"2"\n"Was ist 2+2?"\t"4"\n' }))[0]).toEqual({
      question: 'Was ist 1+1?',
      answer: '2',
    });
    // One stray mark must not swallow the rows up to the next one.
    const stray = await read({ 'de.tsv': '"Drei steht am Anfang. Was ist 3*3?\t9\nWas ist 1+1?\t2\nWie lang ist 1/2 von 6"\t3\n' });
    expect(rowsOf(stray).map(({ answer }) => answer)).toEqual(['9', '2', '3']);
    const csv = await read({ 'de.csv': 'question,answer\n"Anna hat 3, Ben 4. Wie viele?",7\n' });
    expect(rowsOf(csv)).toEqual([{ question: 'Anna hat 3, Ben 4. Wie viele?', answer: '7' }]);
  });

  it('with a question over two lines joins them, and never two questions', async () => {
    const broken = await read({ 'hau/test.tsv': 'question\tanswer_number\nDaya?\t1\nSun tafi, sun \ntafi arewa. Nawa?\t230\nUku?\t3\n' });
    expect(rowsOf(broken)).toEqual([
      { question: 'Daya?', answer: '1' },
      { question: 'Sun tafi, sun\ntafi arewa. Nawa?', answer: '230' },
      { question: 'Uku?', answer: '3' },
    ]);
    expect(said(broken)).toEqual(['Row 3 goes on in line 4; the lines are read as one row.']);
    const unanswered = await read({ 'de.tsv': 'Was ist 1+1?\t2\nWas ist 2+2?\nWas ist 3+3?\t6\n' });
    expect(unanswered.questions.map(({ id, gold }) => [id, gold])).toEqual([
      ['1', '2'],
      ['2', null],
      ['3', '6'],
    ]);
    expect(said(unanswered)).toEqual(['Row 2 has no answer in "column 2", so nothing of it is scored.']);
  });

  it('that names a column twice reads the first, and says so', async () => {
    const set = await read({ 'de.tsv': 'question\tanswer\tanswer\nWas ist 1+1?\t2\tzwei\n' });
    expect(rowsOf(set)).toEqual([{ question: 'Was ist 1+1?', answer: '2' }]);
    expect(said(set)).toEqual(['de.tsv names the column "answer" twice; the later one is read as "answer (2)".']);
  });

  it('with too many cells in a row says so and keeps the place of the others', async () => {
    const set = await read({ 'de.tsv': 'Was ist 1+1?\t2\nWas\tist 2+2?\t4\nWas ist 3+3?\t6\n' });
    expect(set.questions.map(({ id }) => id)).toEqual(['1', '3']);
    expect(said(set)).toEqual([
      'Row 2 has 3 fields where there are 2 columns; a tab or delimiter may stand inside a text, so it is not asked.',
    ]);
  });

  it('whose columns cannot be told asks for them, and takes them by hand', async () => {
    const text = 'Hauptstadt von Peru\tLima in Peru\nHauptstadt von Mali\tBamako, Mali\n';
    const asked = await read({ 'de.tsv': text });
    expect(asked).toMatchObject({
      questions: [],
      mapping: null,
      columns: ['column 1', 'column 2'],
      example: { 'column 2': 'Lima in Peru' },
    });
    const mapped = await read({ 'de.tsv': text }, { mapping: { question: 'column 1', gold: 'column 2' } });
    expect(rowsOf(mapped)[1]).toEqual({ question: 'Hauptstadt von Mali', answer: 'Bamako, Mali' });
    await expect(read({ 'de.tsv': text }, { mapping: { question: 'q', gold: 'column 2' } })).rejects.toThrow('de.tsv has no column "q"');
  });
});

describe('multiple choice', () => {
  it('has letters of positions, and what may mean two options is said', async () => {
    const set = await fixture('sets/choices.jsonl');
    expect(set.questions.map(({ gold }) => gold)).toEqual(expected['choices.jsonl']!.gold!.map((one) => one && `${one[0]}) ${one[1]}`));
    for (const { question, options } of set.questions)
      expect(question).toContain(options!.map(({ letter, text }) => `${letter}) ${text}`).join('\n'));
    expect(said(set)).toEqual([
      'Row 9 has the answer "2", which may mean option B or C (A) 1, B) 2, C) 3), so nothing of it is scored.',
      'Row 10 has the answer "C", which is none of its options (A) Blei, B) Kork), so nothing of it is scored.',
    ]);
  });

  it('is right by its letter or its text, where they agree', async () => {
    const { questions } = await fixture('sets/choices.jsonl');
    const right = (at: number, answer: string) => judgeText(answer, questions[at]!.gold, 'de').right;
    expect(['B', '\\boxed{B}', 'B) Huhn', 'Die Antwort ist B.'].map((answer) => right(0, answer))).toEqual([true, true, true, true]);
    expect(['A', 'A) Huhn', 'Kuh'].map((answer) => right(0, answer))).toEqual([false, false, false]);
    expect([right(2, '8'), right(2, 'B'), right(2, '6')]).toEqual([true, true, false]);
  });

  it('is read as other sets write it', async () => {
    const rows = [
      { question: 'a?', options: ['A)21', 'B)22', 'C)23'], correct: 'C' },
      { question: 'b?', options: { A: 'eins', B: 'zwei' }, answer: 'B' },
      {
        question: 'c?',
        mc_answer1: 'x',
        mc_answer2: 'y',
        mc_answer3: 'z',
        mc_answer4: 'w',
        correct_answer_num: '2',
        flores_passage: 'Text.',
      },
      { question: 'd?', choices: { text: ['2', '3'], label: ['1', '2'] }, answerKey: '2' },
      { question: 'e?', choices: { text: ['2', '3'], label: ['1', '2'] }, answer: '2' },
      { question: 'f?', choices: ['eins', 'zwei'], answer: '(b)' },
      { question: 'g?', choices: ['eins', 'zwei'], answer: 'A) eins' },
      { question: 'h?', choices: ['eins', 'zwei'], answer: 'A) zwei' },
    ];
    const set = await read({ 'de.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') });
    const golds = ['C) 23', 'B) zwei', 'B) y', 'B) 3', null, 'B) zwei', 'A) eins', null];
    expect(set.questions.map(({ gold }) => gold)).toEqual(golds);
    expect(set.questions[2]!.question).toBe('Text.\n\nc?\n\nA) x\nB) y\nC) z\nD) w');
  });
});

describe('languages', () => {
  it('of one file: pairs by id, repeats asked once, what does not agree is said', async () => {
    const set = await fixture('sets/two_languages.jsonl');
    expect(set.languages).toEqual(expected['two_languages.jsonl']!.questions);
    expect(said(set)).toEqual([
      'g2 in fr is the German text.',
      'g3 has two golds: 5 and 6 (de, fr).',
      'Row 7 repeats row 1, and is asked once.',
    ]);
  });

  it('come from a column, the name of a file or folder, or the caller', async () => {
    const question = 'Q und A?\t1\nR und B?\t2\n';
    const of = async (path: string, options?: QuestionOptions) => Object.keys((await read({ [path]: question }, options)).languages);
    const paths = [
      'mgsm_de.tsv',
      'test_English.tsv',
      'data/amh/test.tsv',
      'sw.tsv',
      'mgsm_no.tsv',
      'x/zul/dev-00000-of-00001.tsv',
      'my_test.tsv',
      'de_en.tsv',
    ];
    expect(await Promise.all(paths.map((path) => of(path)))).toEqual([['de'], ['en'], ['am'], ['sw'], ['no'], ['zu'], [''], ['']]);
    expect(await of('a.tsv', { language: 'Swahili' })).toEqual(['sw']);
    expect(Object.keys((await read({ 'de.jsonl': '{"question": "Q?", "answer": "1", "lang": "swa"}' })).languages)).toEqual(['sw']);
    expect((await read({ 'a.tsv': question })).problems[0]!.text).toContain('does not say in which language');
  });

  it('of several files are one problem a row, and levels stay apart', async () => {
    const parallel = await read({
      'mgsm_de.tsv': 'Was ist 1+1?\t2\nWas?\t2,125\n',
      'afri/swa.tsv': 'question\tanswer_number\nNini?\t2\nNgapi?\t2125\n',
    });
    expect(parallel.questions.map(({ language, id }) => `${language}/${id}`)).toEqual(['de/1', 'de/2', 'sw/1', 'sw/2']);
    expect(said(parallel)).toEqual([]);
    const files = ['de', 'sw'].flatMap((language) => ['low', 'top'].map((level) => `polymath/${language}/${level}.parquet`));
    const polymath = await readQuestionFiles(
      files.map((path) => ({ path, blob: new Blob([readFileSync(join(fixtures, path))]) })),
      'PolyMath',
    );
    expect(polymath.questions.map(({ language, id, gold }) => `${language}/${id} ${gold}`)).toEqual([
      ...['de/low-0 8', 'de/low-1 1', 'de/top-0 $27$', 'de/top-1 $x=2$'],
      ...['sw/low-0 8', 'sw/low-1 1', 'sw/top-0 $27$', 'sw/top-1 $x=2$'],
    ]);
    expect(said(polymath)).toEqual([]);
    const levels = await read({ 'low_de.tsv': 'Was ist 1+1?\t2\n', 'top_de.tsv': 'Was ist 2+2?\t4\n' });
    expect(levels.questions.map(({ id }) => id)).toEqual(['low/1', 'top/1']);
  });
});

it('MSVAMP is asked in the file’s language, with whole numbers; GSM8K by its last line', async () => {
  const msvamp = await read({
    'test_Swahili.json':
      '{"query": "how many ?", "equation": "- a b", "response": "8.0", "m_query": " Ngapi? "}\n{"query": "x ?", "equation": "", "response": "10.0", "m_query": "Vingapi?"}',
  });
  expect(rowsOf(msvamp)).toEqual([
    { question: 'Ngapi?', answer: '8' },
    { question: 'Vingapi?', answer: '10' },
  ]);
  const gsm8k = await read({
    'en.jsonl': '{"question": "How many?", "answer": "3+4=<<3+4=7>>7\\n#### 7"}\n{"question": "x?", "answer": ["5", "five"]}',
  });
  expect(gsm8k.questions.map(({ gold }) => gold)).toEqual(['7', '["5","five"]']);
});

it('translations beside a question are the same question in other languages, and bad ones are not asked', async () => {
  const row = (n: number, more: object) =>
    JSON.stringify({
      problem: `How many are ${n} and ${n}?`,
      question_id: n,
      solution: `... ${2 * n}`,
      Answer: 2 * n,
      problem_sw: `Je, ${n} na ${n} ni ngapi?`,
      ...more,
    });
  const lines = [row(1, { problem_sw_ok: true }), row(2, { problem_sw_ok: false }), row(3, { problem_sw_ok: null })];
  const set = await read({ 'train.jsonl': lines.join('\n') }, { language: 'en' });
  expect(set.questions.map(({ language, id, gold }) => `${language}/${id} ${gold}`)).toEqual(['en/1 2', 'sw/1 2', 'en/2 4', 'en/3 6']);
  expect(said(set)).toEqual([2, 3].map((n) => `Row ${n} marks its text in "problem_sw" as no good translation, so it is not asked.`));
  const silent = await read({ 'train.jsonl': lines.join('\n') });
  expect(silent.languages).toEqual({ en: 3, sw: 1 });
  expect(said(silent)[0]).toBe('train.jsonl: "problem" is read as English, of which the columns beside it are translations.');
});

it('a set is the same set however it came, and another with another gold', async () => {
  const ids = await Promise.all([
    read({ 'de.tsv': 'Was ist 1+1?\t2\nUnd 2+2?\t4\n' }),
    read({ 'other/de.jsonl': '{"question": "Was ist 1+1?", "answer": 2}\n{"question": "Und 2+2?", "answer": 4}' }),
    read({ 'de.tsv': 'Was ist 1+1?\t3\nUnd 2+2?\t4\n' }),
  ]);
  expect(ids[0]!.id).toBe(ids[1]!.id);
  expect(ids[0]!.id).not.toBe(ids[2]!.id);
});

it('the bundled questions are 960, each with an id of its own, 120 of each language first', async () => {
  const set = await bundledQuestions(readFileSync(join(import.meta.dirname, '../../../public/datasets/mini/heldout.json'), 'utf8'));
  expect(set.languages).toEqual({ en: 192, es: 192, fr: 192, it: 192, de: 192 });
  expect(new Set(set.questions.map(({ id }) => id)).size).toBe(960);
  expect(set.questions.find(({ id }) => id === 'de-same-1')).toMatchObject({ reasoning_language: 'German', language: 'de' });
});

it('no set of the fixtures has rows that are neither read nor said', async () => {
  for (const name of readdirSync(join(fixtures, 'sets')).filter((one) => /\.(tsv|jsonl)$/.test(one) && one !== 'one_column.tsv')) {
    const { questions, problems } = await fixture(`sets/${name}`);
    const lines = readFileSync(join(fixtures, 'sets', name), 'utf8').split('\n');
    const rows = lines.flatMap((line, at) => (line.replace(/^\uFEFF/, '').trim() === '' ? [] : [at + 1]));
    const seen = new Set([...questions, ...problems].map(({ row }) => row));
    const isHeader = (row: number) => row === 1 && name.startsWith('header');
    expect([name, rows.filter((row) => !seen.has(row) && !isHeader(row))]).toEqual([name, []]);
  }
});
