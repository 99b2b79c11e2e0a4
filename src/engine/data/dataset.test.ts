import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type DatasetOptions, readDataset } from './dataset.ts';

const file = (name: string): Blob => new Blob([readFileSync(new URL(`../../../e2e/fixtures/data/${name}`, import.meta.url))]);
const read = (content: BlobPart, name: string, options?: DatasetOptions) => readDataset(new Blob([content]), name, options);
const lines = (...rows: unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
const LANGUAGES = { German: 3, French: 3, Spanish: 3, Italian: 3 };
const turn = { user: 'Q?', analysis: 'Hm.', final: 'A.' };

describe('one dataset in four formats', () => {
  it.each(['sums.jsonl', 'sums.snappy.parquet', 'sums.zstd.parquet'])('%s: every row, nulls stripped', async (name) => {
    const dataset = await readDataset(file(name), name);
    const summary = dataset.summary();
    expect(summary).toMatchObject({ schema: 'multilingual-thinking', rows: 12, languages: LANGUAGES, problems: [] });
    expect(summary.columns).toEqual(['reasoning_language', 'developer', 'user', 'analysis', 'final', 'messages']);
    expect(await dataset.conversation(9)).toEqual({
      reasoning_language: 'French',
      messages: [
        { role: 'system', content: 'reasoning language: French\n\nBe brief.' },
        { role: 'user', content: 'Combien font 19 plus 27 ?' },
        { role: 'assistant', content: 'Le résultat est 46.', thinking: "J'additionne 19 et 27, cela donne 46." },
      ],
    });
  });

  it('sums.csv: the same from columns, numbered as a spreadsheet numbers them', async () => {
    const dataset = await readDataset(file('sums.csv'), 'sums.csv');
    expect(dataset.summary()).toMatchObject({
      format: 'csv',
      schema: 'multilingual-thinking',
      rows: 12,
      languages: LANGUAGES,
      problems: [],
    });
    expect(dataset.rowNumber(0)).toBe(2);
    expect(await dataset.conversation(0)).toEqual({
      reasoning_language: 'German',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Wie viel ist 10 plus 0?' },
        { role: 'assistant', content: 'Das Ergebnis ist 10.', thinking: 'Ich addiere 10 und 0.\nDas ergibt 10.' },
      ],
    });
    expect((await dataset.conversation(2))!.messages.at(-1)!.thinking).toBe('Sumo "12" y "6": 18.');
  });

  it('gives the same rows from any start, across row groups', async () => {
    for (const name of ['sums.jsonl', 'sums.snappy.parquet']) {
      const dataset = await readDataset(file(name), name);
      const all = await dataset.read(0, 12);
      expect(await dataset.read(3, 6)).toEqual(all.slice(3, 9));
      expect((await dataset.summaries(11, 5)).map((row) => [row.row, row.preview])).toEqual([[12, 'Quanto fa 21 più 33?']]);
    }
  });

  it('opens gzip', async () => {
    const dataset = await read(gzipSync(lines(turn, turn)), 'rows.jsonl.gz');
    expect(dataset.summary()).toMatchObject({ format: 'jsonl', rows: 2 });
    await expect(read(gzipSync(lines(turn)).subarray(0, 20), 'rows.jsonl.gz')).rejects.toThrow(/damaged gzip/);
  });
});

describe('the format is what the file holds', () => {
  const rows = [turn, turn];
  it.each([
    ['a list', JSON.stringify(rows), 'x.json', 'json'],
    ['a list with line breaks', JSON.stringify(rows, null, 2), 'x.json', 'json'],
    ['{data: [...]}', JSON.stringify({ version: { a: [1, '}"'] }, data: rows, more: 1 }), 'x.json', 'json'],
    [
      '{rows: [{row}]} of the dataset viewer',
      JSON.stringify({ rows: rows.map((row, row_idx) => ({ row_idx, row, truncated_cells: [] })) }),
      'x.json',
      'json',
    ],
    ['lines under the name .json', lines(...rows), 'x.json', 'jsonl'],
    ['a list under the name .jsonl', JSON.stringify(rows), 'x.jsonl', 'json'],
    ['objects without commas', rows.map((row) => JSON.stringify(row, null, 1)).join('\n'), 'x.json', 'json'],
    ['a byte order mark and CRLF', `\ufeff${lines(...rows).replaceAll('\n', '\r\n')}\r\n`, 'x.jsonl', 'jsonl'],
    ['semicolons', 'user;analysis;final\nQ?;Hm.;A.\nQ?;Hm.;A.', 'x.csv', 'csv'],
    ['tabs', 'user\tanalysis\tfinal\nQ?\tHm.\tA.\nQ?\tHm.\tA.\n', 'x.tsv', 'tsv'],
    ['no name', 'user,analysis,final\r\nQ?,Hm.,A.\r\nQ?,Hm.,A.', 'rows', 'csv'],
  ])('%s', async (_, content, name, format) => {
    const dataset = await read(content, name);
    expect(dataset.summary()).toMatchObject({ format, rows: 2, problems: [], schema: 'multilingual-thinking' });
    expect(await dataset.conversation(1)).toEqual({
      messages: [
        { role: 'user', content: 'Q?' },
        { role: 'assistant', content: 'A.', thinking: 'Hm.' },
      ],
    });
  });

  it.each([
    ['', 'x.jsonl', /x\.jsonl is empty/],
    [' \n\n', 'x.jsonl', /has no rows/],
    ['[]', 'x.json', /x\.json has no rows/],
    ['user,final\n', 'x.csv', /x\.csv has no rows/],
    ['<!DOCTYPE html><html></html>', 'x.jsonl', /is a web page/],
    ['PK\u0003\u0004', 'x.xlsx', /zip archive or a spreadsheet/],
    ['\u0000\u0001', 'x.bin', /is not a text file/],
    ['PAR1 nothing here', 'x.parquet', /is not a readable Parquet file/],
    ['just prose, nothing else', 'x.md', /of a type that cannot be read; use JSONL, JSON, CSV, TSV or Parquet/],
    ['not json at all', 'x.jsonl', /No row of x\.jsonl can be read: row 1 is not valid JSON/],
  ])('%j as %s is refused in one sentence', async (content, name, message) => {
    await expect(read(content, name)).rejects.toMatchObject({ name: 'DatasetError', message: expect.stringMatching(message) });
  });

  it('UTF-16 is refused', async () => {
    await expect(read(new Uint8Array([0xff, 0xfe, 0x7b, 0]), 'x.jsonl')).rejects.toThrow(/UTF-16/);
  });
});

describe('bad rows are listed with their numbers and the rest is read', () => {
  const problemsOf = async (content: BlobPart, name: string) =>
    (await read(content, name)).summary().problems.map((problem) => [problem.row, problem.kind, problem.trains]);

  it('JSONL: lines keep their numbers', async () => {
    const content = [
      JSON.stringify(turn),
      '',
      '{"user": "Q?", ',
      '[1]',
      JSON.stringify(turn),
      '{"user":"Q?","analysis":null,"final":null}',
    ].join('\n');
    const dataset = await read(content, 'x.jsonl');
    expect(dataset.summary().problems.map((problem) => problem.message)).toEqual([
      expect.stringMatching(/^Row 3 is not valid JSON \(.*\); it will not be trained\.$/),
      'Row 4 is not a JSON object; a row must be { ... } with named fields; it will not be trained.',
      'Row 6 has no answer (column "final"); it will not be trained.',
    ]);
    expect(dataset.length).toBe(5);
    expect(await dataset.conversation(dataset.indexOf(5))).not.toBeNull();
    expect(() => dataset.indexOf(2)).toThrow(/has no row 2/);
  });

  it('bytes that are not UTF-8', async () => {
    const bad = new Uint8Array([
      ...new TextEncoder().encode(`${lines(turn)}\n{"user":"`),
      0xff,
      0xfe,
      ...new TextEncoder().encode(`"}\n${lines(turn)}`),
    ]);
    const dataset = await read(bad, 'x.jsonl');
    expect(dataset.summary().problems.map((problem) => problem.message)).toEqual([
      'Row 2 has bytes that are not UTF-8; save the file as UTF-8; it will not be trained.',
    ]);
    expect(dataset.length).toBe(3);
  });

  it('JSON: a file that is cut off, one that goes on after its list', async () => {
    const whole = JSON.stringify([turn, turn]);
    expect(await problemsOf(whole.slice(0, -20), 'x.json')).toEqual([[2, 'malformed', false]]);
    expect(await problemsOf(whole.slice(0, -1), 'x.json')).toEqual([[2, 'malformed', true]]);
    expect(await problemsOf(`${whole} and more`, 'x.json')).toEqual([[2, 'malformed', true]]);
  });

  it('CSV: ragged rows, doubled names, a stray quote', async () => {
    const content = 'user,analysis,final,final\nQ?,Hm.,A.,B\nQ?,Hm.\nQ?,Hm, yes.,A.,B\n"Q?,Hm.,A.,B\nQ?,"a ""b""\nc",A.,B\n\nQ?,Hm.,A.,B\n';
    const dataset = await read(content, 'x.csv');
    expect(dataset.summary().problems.map((problem) => problem.message)).toEqual([
      'Row 1 names the column "final" twice; the later one is read as "final (2)".',
      'Row 3 has 2 fields where the header has 4; put quotes around fields that contain the delimiter or a line break; it will not be trained.',
      'Row 4 has 5 fields where the header has 4; put quotes around fields that contain the delimiter or a line break; it will not be trained.',
    ]);
    const texts = await Promise.all([0, 3, 4, 5].map(async (index) => (await dataset.conversation(index))!.messages));
    expect(texts[1]![0]!.content).toBe('"Q?');
    expect(texts[2]![1]!.thinking).toBe('a "b"\nc');
    expect(dataset.rowNumber(5)).toBe(8);
  });

  it('a CSV without a header gets numbered columns and asks for a mapping', async () => {
    const content = `${'Wie viele Eier legen die Enten pro Tag, wenn es sechzehn am Morgen sind?'}\t18\nUnd wie viele am Abend?\t3\n`;
    const dataset = await read(content, 'x.tsv');
    expect(dataset.summary()).toMatchObject({
      schema: 'unknown',
      rows: 2,
      columns: ['column 1', 'column 2'],
      example: { 'column 2': '18' },
    });
    const mapped = await read(content, 'x.tsv', { mapping: { user: 'column 1', content: 'column 2' } });
    expect(mapped.summary()).toMatchObject({ schema: 'mapped', rows: 2 });
    expect(mapped.summary().problems.map((problem) => problem.kind)).toEqual(['no-thinking', 'no-thinking']);
    await expect(read(content, 'x.tsv', { mapping: { user: 'question', content: 'column 2' } })).rejects.toThrow(
      /has no column "question"/,
    );
  });
});

describe('untrusted content', () => {
  it('keys that JavaScript treats specially are only data', async () => {
    const content = '{"__proto__": {"polluted": true}, "constructor": "x", "user": "Q?", "analysis": "Hm.", "final": "A."}';
    const dataset = await read(content, 'x.jsonl');
    expect(dataset.summary()).toMatchObject({ rows: 1, problems: [] });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const csv = await read('__proto__,user,analysis,final\nx,Q?,Hm.,A.\n', 'x.csv');
    expect(csv.summary()).toMatchObject({ rows: 1, problems: [], columns: ['__proto__', 'user', 'analysis', 'final'] });
    const only = await read('{"__proto__": {"user": "Q?", "analysis": "Hm.", "final": "A."}}', 'x.jsonl');
    expect(only.summary().schema).toBe('unknown');
  });

  it('a message of a megabyte is only long', async () => {
    const dataset = await read(lines({ ...turn, user: 'x'.repeat(2 ** 20) }, turn), 'x.jsonl');
    expect(dataset.summary().problems).toEqual([]);
    expect((await dataset.summaries(0, 1))[0]!.preview).toHaveLength(120);
  });

  it('so many findings of one kind are counted, not listed', async () => {
    const dataset = await read(`${lines(turn)}\n${'x\n'.repeat(2000)}`, 'x.jsonl');
    const { problems } = dataset.summary();
    expect(problems).toHaveLength(501);
    expect(problems.at(-1)!.message).toBe('From row 502 on, 1500 more rows have the same finding (malformed); the first 500 are listed.');
  });

  it('can be cancelled', async () => {
    await expect(read(lines(turn), 'x.jsonl', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'Cancelled' });
  });

  it('tells its progress', async () => {
    const seen: string[] = [];
    await read(lines(turn, turn), 'x.jsonl', { onProgress: (done, total, unit) => seen.push(`${done}/${total} ${unit}`) });
    const size = lines(turn, turn).length;
    expect(seen).toEqual([`${size}/${size} bytes`, '2/2 rows']);
  });
});

describe('windows', () => {
  it('find the same rows wherever they cut the file', async () => {
    // Rows of up to 6 MB straddle the 4 MB windows; the JSON list holds the same rows.
    const rows = [1, 6e6, 10, 3e6, 2e6, 5].map((size, index) => ({
      ...turn,
      user: `${index} ${'"\\é and a sentence of ordinary words, '.repeat(size / 40)}`,
    }));
    const files = [
      [lines(...rows), 'x.jsonl'],
      [JSON.stringify(rows, null, 1), 'x.json'],
      [['user,analysis,final', ...rows.map((row) => `"${row.user.replaceAll('"', '""')}",Hm.,A.`)].join('\r\n'), 'x.csv'],
    ] as const;
    for (const [content, name] of files) {
      const dataset = await read(content, name);
      expect(dataset.length).toBe(6);
      for (const [index, row] of rows.entries()) {
        const user = (await dataset.conversation(index))!.messages[0]!.content!;
        expect(user.length === row.user.length && user === row.user).toBe(true);
      }
    }
  });
});
