import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { csvRows } from './csv-rows.ts';

const cell = fc.string({ unit: fc.constantFrom('a', 'é', '日', ' ', '"', ',', ';', '\n', '\r\n', '\t', '7'), maxLength: 8 });

async function fieldsOf(content: string): Promise<unknown[][]> {
  const source = await csvRows(new Blob([content]), 'x.csv', 0, 'csv', {});
  return (await source.read(0, source.length)).map((row) => (row.value ? Object.values(row.value) : [row.fault]));
}

describe('CSV', () => {
  it('is read as Papa Parse reads it, whatever the cells hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        async (rows, newline) => {
          const content = Papa.unparse([['one', 'two', 'three'], ...rows], { newline });
          const expected = Papa.parse<string[]>(content, { delimiter: ',' }).data.slice(1);
          expect(await fieldsOf(content)).toEqual(expected.map((row) => row.map((field) => (field === '' ? null : field))));
        },
      ),
      { numRuns: 300 },
    );
  });

  // The names were read from the first, empty line: one column, and all else in it.
  it('may begin with empty lines, which count as rows', async () => {
    const source = await csvRows(new Blob(['\r\n\na;b\n1;2\n']), 'x.csv', 0, 'csv', {});
    expect(await source.read(0, source.length)).toEqual([{ row: 4, value: { a: '1', b: '2' } }]);
  });

  it('keeps rows apart however broken the quotes are', async () => {
    expect(await fieldsOf('a,b\n"x,1\ny,2\n')).toEqual([
      ['"x', '1'],
      ['y', '2'],
    ]);
    expect(await fieldsOf('a,b\n"x"y,1\n"y",2\n')).toEqual([
      ['"x"y', '1'],
      ['y', '2'],
    ]);
    expect(await fieldsOf('a,b\nx"y,"1\n"\ny,2')).toEqual([
      ['x"y', '1\n'],
      ['y', '2'],
    ]);
  });
});
