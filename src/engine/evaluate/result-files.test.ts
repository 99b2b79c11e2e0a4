/** A result as CSV, Markdown, JSON and answers: the same figures in each, and texts that are no markup, formula or row of their own. */
import { expect, it } from 'vitest';
import type { EvaluationSample, Question } from '../../protocol/evaluation.ts';
import type { EvaluationTable } from '../../protocol/evaluation-run.ts';
import { resultFile } from './result-files.ts';
import { figuresOf } from './score.ts';

const questions: Question[] = ['1', '2', '3'].map((id) => ({
  id,
  language: 'sw',
  question: `Q${id}`,
  gold: '4',
  row: Number(id),
  file: 'f',
}));
const LABEL = '=Mine|\n"b" <script>';
const samples: EvaluationSample[] = ['base', '7'].flatMap((column) =>
  questions.flatMap(({ id }) =>
    [0, 1].map((sample): EvaluationSample => {
      const right = column === '7' ? id !== '3' : id === '1' && sample === 0;
      return {
        ...{
          column,
          language: 'sw',
          question: id,
          sample,
          thinking: 't',
          answer: 'a',
          parsed: right ? '4' : sample === 0 ? '5' : null,
          right,
        },
        ...{ why: 'w', thought: { share: 1, lines: true, words: true }, answered: null, tokens: 10, seconds: 2, stop: 'eos' },
      };
    }),
  ),
);
const columns = [
  { id: 'base', label: 'Base' },
  { id: '7', label: LABEL },
];
const table: EvaluationTable = {
  record: {
    ...{
      id: '1',
      name: 'A | result',
      started: '2026-01-01',
      phase: 'done',
      set: { id: 's', name: 'MGSM' },
      model: { name: 'm', hash: 'h' },
      columns,
    },
    settings: {
      ...{
        columns: ['base', '7'],
        languages: ['sw'],
        questions: null,
        choice_seed: 1,
        samples: 2,
        answer_language: false,
        reasoning: { kind: 'question' },
        date: '2026-01-01',
      },
      sampling: { temperature: 1, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 8, seed: 1 },
    },
    ...{ batch: 16, questions, total: 12, done: 12, tokens: 120, seconds: 3, bytes: 9 },
  },
  columns: columns.map(({ id, label }) => ({
    id,
    label,
    figures: figuresOf(
      samples.filter(({ column }) => column === id),
      [1, 2],
    ),
  })),
};
const text = (format: Parameters<typeof resultFile>[0]) => resultFile(format, table, samples).text();

it('CSV has a row a figure, with cells that spreadsheets read as text', async () => {
  const csv = await text('csv');
  expect(csv.startsWith('column,label,language,questions,samples,figure,mean,low,high\r\n')).toBe(true);
  expect(csv).toContain('base,Base,sw,3,6,avg,0.16666666666666666,0,');
  expect(csv).toContain(`7,"'=Mine|\n""b"" <script>",sw,3,6,pass@2,0.6666666666666666,0,1\r\n`);
  expect(csv).toContain('base,Base,all,3,6,thought_sentences,1,1,1\r\n');
  expect(csv).toContain('base,Base,all,3,6,answer_sentences,,,\r\n');
});

it('Markdown is one table, a row a language and column', async () => {
  const lines = (await text('markdown')).split('\n');
  expect(lines[0]).toBe(String.raw`## A \| result`);
  const rows = lines.filter((line) => line.startsWith('| '));
  expect(rows).toHaveLength(5);
  expect(rows[0]).toContain('| Avg@2 | Pass@2 | Maj@2 | Format rate | Accuracy given format |');
  expect(rows[1]).toMatch(/^\| sw \| Base \| 3 \| 16\.7 \(0\.0–50\.0\) \| 33\.3 \(/);
  expect(rows[2]).toContain(String.raw`| sw | =Mine\| "b" \<script\> | 3 | 66.7 (`);
  expect(new Set(rows.map((row) => row.replaceAll(String.raw`\|`, '').split('|').length)).size).toBe(1);
});

it('JSON has what is needed to do it again; an answer a line has its gold', async () => {
  const json = JSON.parse(await text('json'));
  expect(json).toMatchObject({
    complete: true,
    settings: { samples: 2, sampling: { seed: 1 } },
    paired: [{ column: '7', against: 'base', all: { better: 2, worse: 0, equal: 1 } }],
  });
  expect(json.questions).toHaveLength(3);
  expect(json.figures['7'].all.avg.mean).toBeCloseTo(2 / 3);
  const answers = (await text('answers'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers).toHaveLength(12);
  expect(answers[0]).toMatchObject({ column: 'base', question: '1', asked: 'Q1', gold: '4' });
});

it('tables say how far the columns are apart, question by question, with the test', async () => {
  const csv = await text('csv');
  expect(csv).toContain(`sw,3,,avg minus base,0.5,`);
  expect(csv).toContain(`all,3,,sign test p against base,0.5,,\r\n`);
  const lines = (await text('markdown')).split('\n').filter((line) => line.startsWith('- '));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/against Base, sw: \+50\.0 \(0\.0 to \+100\.0\), sign test p 0\.50 \(2 better, 0 worse, 1 equal of 3\)$/);
});

it('names are no formula behind a blank, no link and no mention', async () => {
  const foreign = { ...table, columns: table.columns.map((column) => ({ ...column, label: ' =1+1 @you https://x.y www.z.org #1' })) };
  const csv = await resultFile('csv', foreign, samples).text();
  expect(csv).toContain(`base,' =1+1 @you https://x.y www.z.org #1,sw`);
  const markdown = await resultFile('markdown', foreign, samples).text();
  expect(markdown).toContain(String.raw`=1+1 \@you https\://x.y www\.z.org \#1`);
});
