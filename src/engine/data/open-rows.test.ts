/** What files of many habits are read as, or why they are refused. Symptoms are from public reports. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readDataset } from './dataset.ts';

const read = (content: BlobPart, name: string) => readDataset(new Blob([content]), name);
const questions = async (content: BlobPart, name: string): Promise<unknown[]> => {
  const dataset = await read(content, name);
  const rows = await dataset.read(0, dataset.length);
  return rows.map(({ conversation }) => conversation?.messages.map((message) => message.content));
};
const problems = async (content: BlobPart, name: string): Promise<string[]> =>
  (await read(content, name))
    .summary()
    .problems.filter(({ kind }) => kind !== 'no-thinking')
    .map(({ message }) => message);
const TWO = [
  ['2+2?', '4'],
  ['3+3?', '6'],
];
const row = { question: '2+2?', answer: '4' };
const other = { question: '3+3?', answer: '6' };

describe('read', () => {
  it.each([
    ['CSV with sep=;', 'x.csv', 'sep=;\nquestion;answer\n2+2?;4\n3+3?;6\n'],
    ['CSV with "sep=|" and CRLF', 'x.csv', '"sep=|"\r\nquestion|answer\r\n2+2?|4\r\n3+3?|6'],
    ['sep= under the name .txt', 'x.txt', 'sep=;\nquestion;answer\n2+2?;4\n3+3?;6\n'],
    ['CSV with lines that end in CR', 'x.csv', 'question,answer\r2+2?,4\r3+3?,6\r'],
    ['commas under the name .tsv', 'x.tsv', 'question,answer\n2+2?,4\n3+3?,6\n'],
    ['one split of a name of its own', 'x.json', JSON.stringify({ version: 1, test: [row, other] })],
    ['CSV in CR without a name', 'x', 'question,answer\r2+2?,4\r3+3?,6'],
    ['JSONL with lines that end in CR', 'x.jsonl', `${JSON.stringify(row)}\r${JSON.stringify(other)}\r`],
    ['JSONL in CR under .json', 'x.json', `${JSON.stringify(row)}\r${JSON.stringify(other)}\r`],
    ['objects over several lines in .jsonl', 'x.jsonl', [row, other].map((one) => JSON.stringify(one, null, 2)).join('\n')],
    [
      'objects over lines that begin on the first',
      'x.jsonl',
      '{"question": "2+2?",\n "answer": "4"}\n{"question": "3+3?",\n "answer": "6"}\n',
    ],
    [
      'NaN beside text',
      'x.jsonl',
      '{"question": "2+2?", "answer": "4", "score": NaN}\n{"question": "3+3?", "answer": "6", "score": -Infinity}',
    ],
    ['columns that are lists', 'x.json', JSON.stringify({ question: ['2+2?', '3+3?'], answer: ['4', '6'] })],
    ['the same as one line of JSONL', 'x.jsonl', JSON.stringify({ question: ['2+2?', '3+3?'], answer: ['4', '6'] })],
    ['pandas: columns', 'x.json', JSON.stringify({ question: { 0: '2+2?', 1: '3+3?' }, answer: { 0: '4', 1: '6' } })],
    ['pandas: index', 'x.json', JSON.stringify({ 0: row, 1: other })],
    ['pandas: split', 'x.json', JSON.stringify({ columns: ['question', 'answer'], index: [0, 1], data: TWO })],
    ['pandas: table', 'x.json', JSON.stringify({ schema: { fields: [{ name: 'question' }] }, data: [row, other] })],
    ['a list of messages a row, by column', 'x.json', JSON.stringify({ id: [1, 2], messages: [row, other].map(turns) })],
  ])('%s', async (_, name, content) => {
    expect(await questions(content, name)).toEqual(TWO);
  });

  it('one object with messages, or with objects, is one row', async () => {
    expect(await questions(JSON.stringify({ messages: turns(row), tags: ['a', 'b'] }), 'x.json')).toEqual([TWO[0]]);
    const [prompt, completion] = turns(row).map((turn) => [turn]);
    expect(await questions(JSON.stringify({ prompt, completion }), 'x.json')).toEqual([TWO[0]]);
  });

  // String(Number()) made 653247040368672800 and 1 of them.
  it('numbers as they are written', async () => {
    const content = '{"question": "Id?", "answer": 653247040368672769}\n{"question": "One?", "answer": 1.0}';
    expect(await questions(content, 'x.jsonl')).toEqual([
      ['Id?', '653247040368672769'],
      ['One?', '1.0'],
    ]);
  });
});

function turns({ question, answer }: typeof row): { role: string; content: string }[] {
  return [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ];
}

describe('said', () => {
  it('splits beside the one that is read', async () => {
    const train = { train: [row], test: [other], validation: [other] };
    expect(await problems(JSON.stringify(train), 'x.json')).toEqual([
      'Row 1 is the first of "train"; the lists "test", "validation" beside it are not read, so save what else is needed as a file of its own.',
    ]);
    const many = { ...Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`part ${n}`, [other]])), train: [row] };
    expect((await problems(JSON.stringify(many), 'x.json'))[0]).toMatch(/"part 7", and 12 more beside it are not read/);
    const test = { test: [other], train: [row] };
    expect(await problems(JSON.stringify(test, null, 1), 'x.json')).toEqual([
      'Row 1 is the first of "train"; the list "test" beside it is not read, so save what else is needed as a file of its own.',
    ]);
    expect(await questions(JSON.stringify(test), 'x.json')).toEqual([TWO[0]]);
    expect(await problems(JSON.stringify({ version: '1', data: [row], tags: ['a'] }), 'x.json')).toEqual([]);
  });

  it('cells that the dataset viewer has cut', async () => {
    const cut = {
      rows: [
        { row_idx: 0, row, truncated_cells: [] },
        { row_idx: 1, row: other, truncated_cells: ['answer'] },
      ],
    };
    expect(await problems(JSON.stringify(cut), 'x.json')).toEqual([
      'Row 2 was cut by the dataset viewer ("answer"); download the file itself; it will not be trained.',
    ]);
  });

  // The columns are those of the first 100 rows; what came later was dropped in silence.
  it('fields that the first rows lack', async () => {
    const rows = [
      ...Array.from({ length: 120 }, () => ({ messages: turns(row) })),
      { system: 'Be brief.', note: 'x', messages: turns(row) },
    ];
    expect(await problems(rows.map((one) => JSON.stringify(one)).join('\n'), 'x.jsonl')).toEqual([
      'Row 121 has "system", which the first rows lack; it is not read, so move such a row to the front.',
    ]);
  });

  it('what follows objects one after the other', async () => {
    expect(await problems(`${JSON.stringify(row)} ] ${JSON.stringify(other)}`, 'x.json')).toEqual([
      expect.stringMatching(/^Row 1 is followed by "\].*; the file was not read from there on\.$/),
    ]);
  });

  it('a line of JSONL that is damaged, doubled or too deep, and the rest is read', async () => {
    const deep = `{"question": ${'['.repeat(1000)}${']'.repeat(1000)}}`;
    const content = [
      JSON.stringify(row),
      '{"question": "a", "question": "b", "answer": "c"}',
      '{"question": "\\ud83d", "answer": "c"}',
      deep,
    ];
    expect(await problems(content.join('\n'), 'x.jsonl')).toEqual([
      'Row 2 has the key "question" twice in one object; keep one; it will not be trained.',
      'Row 3 has half of a surrogate pair in "question", so its text is damaged; mend it or take it out; it will not be trained.',
      'Row 4 is nested more than 256 levels deep; a row must be flatter; it will not be trained.',
    ]);
  });

  it('cells that pandas wrote as Python', async () => {
    const good = JSON.stringify(turns(row)).replaceAll('"', '""');
    const content = `messages\n"${good}"\n"[{'role': 'user', 'content': ""What's 2+2?""}]"\n`;
    expect(await problems(content, 'x.csv')).toEqual([
      'Row 3 has a Python list in the column "messages" where JSON should be; write the column with json.dumps; it will not be trained.',
    ]);
  });
});

describe('refused in one sentence', () => {
  const bytes = (...values: (string | number)[]) =>
    new Uint8Array(values.flatMap((value) => (typeof value === 'number' ? [value] : [...new TextEncoder().encode(value)])));
  it.each([
    ['x.parquet', 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12345\n', /is a Git LFS pointer, not the file itself/],
    ['x.jsonl', 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12345\n', /is a Git LFS pointer/],
    ['x.jsonl', new Uint8Array(Buffer.from('\ufeff{"a":1}\n', 'utf16le')), /is saved as UTF-16/],
    ['x.jsonl', new Uint8Array(Buffer.from('{"a":1}\n', 'utf16le')), /is saved as UTF-16/],
    ['x.jsonl', new Uint8Array(new Uint32Array([0xfeff, 0x7b, 0x7d]).buffer), /is saved as UTF-32/],
    ['x.jsonl', new Uint8Array(new Uint32Array([0x7b, 0x22, 0x7d]).buffer), /is saved as UTF-32/],
    ['x.feather', bytes('ARROW1', 0, 0), /is an Arrow \(Feather\) file/],
    ['x.arrow', bytes(255, 255, 255, 255, 1, 0, 0, 0), /is an Arrow file/],
    ['x.jsonl.zst', bytes(0x28, 0xb5, 0x2f, 0xfd, 0), /is compressed with zstd/],
    ['x.jsonl.gz', new Uint8Array(gzipSync(gzipSync('{"a": 1}'))), /is a gzip file inside a gzip file/],
    ['x.json', JSON.stringify({ question: ['a', 'b'], answer: ['c'] }), /columns of different lengths \("question" 2, "answer" 1\)/],
    ['x.json', JSON.stringify({ question: { de: 'a', en: 'b' }, answer: { de: 'c', en: 'd' } }), /rows and columns cannot be told apart/],
    ['x.json', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /row 1 is nested more than 256 levels deep/],
    ['x.json', JSON.stringify({ columns: ['question', 'answer', 'answer'], data: [['a', 'b', 'c']] }), /names the column "answer" twice/],
    ['x.json', JSON.stringify(turns(row)), /has one message in each row; put all messages of a conversation into one row/],
    ['x.json', '{}', /has rows without any field/],
    ['x.csv', '| question | answer |\n|:---|---:|\n| 2+2? | 4 |\n', /is a Markdown table; save it as CSV/],
    ['x.csv', '%PDF-1.7\n', /is a PDF/],
    ['x.parquet', bytes('PARE', 0, 0, 'PARE'), /is an encrypted Parquet file/],
    [
      'x.jsonl',
      `${JSON.stringify(row)},\n${JSON.stringify(other)},\n`,
      /row 1 is not valid JSON \(.*\); take away the comma at its end\.$/,
    ],
    [
      'x.jsonl',
      "{'question': '2+2?', 'answer': None}\n",
      /is not valid JSON \(.*\); it is written as Python prints it, so write it with json/,
    ],
    ['x.json', '['.repeat(100_000), /No row of x\.json can be read/],
    ['x.json', '{"a":'.repeat(100_000), /No row of x\.json can be read/],
    ['x.csv', `${'a,'.repeat(20_000)}a\n1`, /has 20001 columns, more than 10000/],
    ['x.jsonl', JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`c${n}`, 1]))), /has 20000 columns, more than/],
  ])('%s: %.30s', async (name, content, message) => {
    const started = performance.now();
    await expect(read(content, name)).rejects.toMatchObject({ name: 'DatasetError', message: expect.stringMatching(message) });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  // Each copy looked through all columns before it, and through all its own numbers.
  it('a header of equal names is read at once', async () => {
    const names = 9000;
    const content = `${'a,'.repeat(names)}a (5),question,answer\n${'x,'.repeat(names)}y,Q?,A\n`;
    const started = performance.now();
    const dataset = await read(content, 'x.csv');
    expect(performance.now() - started).toBeLessThan(2000);
    expect(dataset.columns).toHaveLength(names + 3);
    expect(dataset.columns.slice(0, 3)).toEqual(['a', 'a (2)', 'a (3)']);
    expect(dataset.columns.at(-3)).toBe('a (5) (2)');
  });
});
