/** Odd and damaged Parquet files. Fixtures: e2e/fixtures/cases/parquet, written by pyarrow; hang-*.parquet had bytes changed afterwards. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../lib/json-text.ts';
import { readDataset } from './dataset.ts';

const bytesOf = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../../e2e/fixtures/cases/parquet/${name}.parquet`, import.meta.url)));
const rowsOf = async (name: string) => {
  const dataset = await readDataset(new Blob([bytesOf(name)]), `${name}.parquet`);
  return (await dataset.read(0, dataset.length)).map(({ raw }) => raw);
};

describe('values', () => {
  // A double holds 17 digits of them.
  it('decimals digit for digit', async () => {
    expect((await rowsOf('decimal')).map((row) => row!.answer)).toEqual(['12345678901234567890.12', '0.10', null]);
  });

  it('a time outside the calendar of JavaScript is its number', async () => {
    const rows = await rowsOf('ts-far');
    expect(rows).toHaveLength(40);
    expect(rows[0]!.ts).toBe('4611686018427387904 milliseconds since 1970');
  });

  // hyparquet keys rows by name, so the later column hid the earlier one.
  it('columns of one name are two, and it is said', async () => {
    const dataset = await readDataset(new Blob([bytesOf('duplicate_names')]), 'x.parquet');
    expect(dataset.columns).toEqual(['question', 'answer', 'answer (2)']);
    expect(dataset.summary().problems.map(({ message }) => message)).toContain(
      'Row 1 is in a file that names the column "answer" twice; the later one is read as "answer (2)".',
    );
    expect((await dataset.read(0, 1))[0]!.raw).toEqual({ question: '2+2?', answer: '4', 'answer (2)': 'x' });
  });

  // Values as pyarrow gives them (to_pylist), apart from NaN and infinity, which are null, and bytes.
  it('of every kind', async () => {
    const [first, second, third, last] = (await rowsOf('values')).map((row) => {
      const { question, answer, ...values } = row!;
      return jsonText(values, 0);
    });
    expect(first).toBe(
      '{"i64":9223372036854775807,"u64":18446744073709551615,"u32":4294967295,"i8":-128,"u8":255,"f32":0.10000000149011612,"f64":1e-07,' +
        '"f16":1.5,"d9":"1.50","d38":"12345678901234567890123456789012345.678","d256":"' +
        `${'1'.repeat(70)}.5","dneg":"1200","bytes":"ok","fixed":{"not_text":"3 bytes"},"bool":true,"date":"2020-01-02","time":"01:02:03",` +
        '"ts":"2020-01-02T03:04:05.678901Z","dict":"x","list":[1,2],"nested":[[1.0],[2.5,null]],"struct":{"a":1.0,"b":1152921504606846976},' +
        '"liststruct":[{"a":1.0,"t":["x"]}],"map":{"k":1.0},"lmap":[{"k":1152921504606846976}],"fsl":[1,2],"null":null,' +
        '"dec_list":["1.10"],"dec_struct":{"d":"1.10"}}',
    );
    expect(JSON.parse(second!)).toMatchObject({
      d9: '-0.01',
      bytes: { not_text: '2 bytes' },
      date: '0001-01-01',
      list: [],
      nested: [[]],
      map: {},
    });
    expect(second).toMatch(/"i64":-9223372036854775808.*"f32":1\.0,"f64":1\.0,"f16":1\.0/);
    expect(JSON.parse(third!)).toMatchObject({
      i64: 653247040368672800,
      f32: null,
      f16: null,
      list: null,
      struct: null,
      date: '9999-12-31',
    });
    expect(third).toMatch(/"i64":653247040368672769,"u64":9223372036854775808.*"f64":-0\.0/);
    expect(JSON.parse(last!)).toMatchObject({ f32: null, list: [null], nested: [null], liststruct: [null], lmap: [{}], fsl: [null, 1] });
  });

  // Its check took the nulls of the page for texts: "claims too long texts".
  it('texts as prefixes and rests, with nulls among them', async () => {
    const rows = await rowsOf('delta_nulls');
    expect(rows.map((row) => row!.question)).toEqual(Array.from({ length: 40 }, (_, i) => (i % 4 ? `What is ${i} + ${i}?` : null)));
    expect(rows.map((row) => row!.answer)).toEqual(Array.from({ length: 40 }, (_, i) => (i % 3 ? 2 * i : null)));
  });

  // The later of two equal keys hid the earlier one, and a column "__proto__" was no column, without a word.
  it('two equal keys of a map are a fault of the row; what cannot be a column is said', async () => {
    const dataset = await readDataset(new Blob([bytesOf('doubled_keys')]), 'x.parquet');
    expect(
      dataset
        .summary()
        .problems.map(({ message }) => message)
        .slice(0, 2),
    ).toEqual([
      'Row 1 is in a file that has a column or field "__proto__"; it is left out.',
      'Row 1 has the key "k" twice in the column "map"; keep one; it will not be trained.',
    ]);
    const [, second] = await dataset.read(0, 2);
    expect(jsonText(second!.raw, 0)).toBe('{"question":"b","answer":"2","map":{"k":3,"__proto__":1152921504606846976}}');
  });

  it('maps and pages of the second version', async () => {
    expect(await rowsOf('map_args')).toMatchObject([
      { messages: [{}, { tool_calls: [{ name: 'w', arguments: { town: 'Bergen', unit: 'C' } }] }, {}, {}] },
    ]);
    expect(await rowsOf('v2_delta')).toHaveLength(3);
  });
});

describe('damage is refused in one sentence, at once', () => {
  // The decoder's "Cannot read properties of undefined" stood in the sentence.
  it('in words, wherever the bytes are damaged', async () => {
    const whole = bytesOf('values');
    for (let at = 4; at < whole.length; at += 37) {
      const bytes = whole.slice();
      bytes[at] = bytes[at]! ^ 0x15;
      const message = await readDataset(new Blob([bytes]), 'x.parquet').then(
        () => '',
        (error: Error) => error.message,
      );
      expect(message).toMatch(/^(?:|x\.parquet .*\(.+\); export it again\.|No row of x\.parquet can be read: .*\.)$/);
      expect(message).not.toMatch(/undefined|is not (?:a function|iterable)/);
    }
  });

  it.each(['hang-1010', 'hang-2030'])('%s', async (name) => {
    const started = performance.now();
    await expect(rowsOf(name)).rejects.toMatchObject({
      name: 'DatasetError',
      message: expect.stringMatching(/ cannot be decoded at rows 1 to 40 \(.*\); export it again\.$/),
    });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it.each(['none', 'v2_delta', 'map_args', 'decimal', 'ts-far'])(
    '%s with bytes changed is read or refused within a second',
    async (name) => {
      const whole = bytesOf(name);
      let seed = 7;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      for (let round = 0; round < ROUNDS; round++) {
        const bytes = whole.slice();
        for (let change = random(3); change >= 0; change--) bytes[random(bytes.length)] = [0xff, 0x7f, 0x80, 0, random(256)][random(5)]!;
        const started = performance.now();
        const outcome = await readDataset(new Blob([bytes]), 'x.parquet').then(
          () => 'read',
          (error: Error) => error.name,
        );
        expect(['read', 'DatasetError']).toContain(outcome);
        expect(performance.now() - started).toBeLessThan(1000);
      }
    },
  );
});

const ROUNDS = 400;
