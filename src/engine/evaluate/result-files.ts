/** A result as files to take along: Markdown for a paper, CSV of every figure, JSON with settings, questions and figures, and the answers as JSON Lines. */
import { BOOTSTRAP_DRAWS, BOOTSTRAP_SEED, type Estimate, type EvaluationSample, type GroupFigures } from '../../protocol/evaluation.ts';
import type { EvaluationFormat, EvaluationTable } from '../../protocol/evaluation-run.ts';
import { comparePaired } from './paired.ts';

type Named = readonly [name: string, estimate: Estimate];

/** Every figure of a group by its name in the files. Shares are from 0 to 1. */
function figuresOf(group: GroupFigures): Named[] {
  const text = (name: string, { share, lines, words }: GroupFigures['thought']): Named[] => [
    [`${name}_sentences`, share],
    [`${name}_lines`, lines],
    [`${name}_words`, words],
  ];
  return [
    ['avg', group.avg],
    ...Object.entries(group.pass_at).map(([k, estimate]): Named => [`pass@${k}`, estimate]),
    ['maj', group.maj],
    ['format_rate', group.parsed],
    ['accuracy_given_format', group.accuracy_given_parsed],
    ...text('thought', group.thought),
    ...text('answer', group.answer),
    ['tokens', group.tokens],
    ['seconds', group.seconds],
  ];
}

export function resultFile(format: EvaluationFormat, table: EvaluationTable, samples: readonly EvaluationSample[]): Blob {
  switch (format) {
    case 'csv':
      return new Blob([csv(table)], { type: 'text/csv' });
    case 'json':
      return new Blob([json(table)], { type: 'application/json' });
    case 'markdown':
      return new Blob([markdown(table)], { type: 'text/markdown' });
    case 'answers':
      return new Blob([samples.map((sample) => `${JSON.stringify(asScored(table, sample))}\n`).join('')], { type: 'application/jsonl' });
    default:
      return format satisfies never;
  }
}

/** By column and language, '' being all languages; groups without an answer yet are left out. */
function groupsOf({ columns }: EvaluationTable): { label: string; id: string; language: string; group: GroupFigures }[] {
  return columns.flatMap(({ id, label, figures }) => [
    ...Object.entries(figures.languages).map(([language, group]) => ({ id, label, language, group })),
    { id, label, language: 'all', group: figures.all },
  ]);
}

function csv(table: EvaluationTable): string {
  const head = ['column', 'label', 'language', 'questions', 'samples', 'figure', 'mean', 'low', 'high'];
  const rows = groupsOf(table).flatMap(({ id, label, language, group }) =>
    figuresOf(group).map(([name, { mean, low, high }]) => [id, label, language, group.questions, group.samples, name, mean, low, high]),
  );
  return [head, ...rows, ...pairedRows(table)].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** Every further column against the first. */
function pairsOf({ columns: [first, ...others] }: EvaluationTable) {
  return others.map(({ id, label, figures }) => ({ id, label, first: first!, paired: comparePaired(figures, first!.figures) }));
}

function pairedRows(table: EvaluationTable): (string | number | null)[][] {
  return pairsOf(table).flatMap(({ id, label, first, paired }) =>
    Object.entries({ ...paired.languages, all: paired.all }).flatMap(
      ([
        language,
        {
          questions,
          difference: { mean, low, high },
          p,
        },
      ]) => [
        [id, label, language, questions, null, `avg minus ${first.id}`, mean, low, high],
        [id, label, language, questions, null, `sign test p against ${first.id}`, p, null, null],
      ],
    ),
  );
}

/** RFC 4180; a text that a spreadsheet would take for a formula begins with an apostrophe. */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Everything that is needed to do it again, and to check it. */
function json(table: EvaluationTable): string {
  const { record, columns } = table;
  const { bytes: _bytes, phase, ...rest } = record;
  const [first, ...others] = columns;
  return JSON.stringify(
    {
      ...rest,
      complete: phase === 'done',
      intervals: '95 %, percentiles of a bootstrap over questions, 10000 draws, seed 0',
      figures: Object.fromEntries(columns.map(({ id, label, figures }) => [id, { label, ...figures }])),
      paired: others.map(({ id, figures }) => ({ column: id, against: first!.id, ...comparePaired(figures, first!.figures) })),
    },
    null,
    2,
  );
}

const percent = ({ mean, low, high }: Estimate): string =>
  mean === null
    ? '–'
    : `${(100 * mean).toFixed(1)}${low === null || high === null ? '' : ` (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)})`}`;
const plain = ({ mean }: Estimate): string => (mean === null ? '–' : mean.toFixed(1));

/** A text inside a cell: no row ends in it, and nothing in it is markup, a link or a mention. */
const cell = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll(/[\\|`*_<>[\]#~&@]|:(?=\/\/)|(?<=\bwww)\./gi, String.raw`\$&`);

const signed = (share: number | null): string => (share === null ? '–' : `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)}`);

/** Question by question, a line a language. */
function pairedLines(table: EvaluationTable): string[] {
  return pairsOf(table).flatMap(({ label, first, paired }) =>
    Object.entries({ ...paired.languages, all: paired.all }).map(([language, { questions, difference, better, worse, equal, p }]) => {
      const by = `${signed(difference.mean)} (${signed(difference.low)} to ${signed(difference.high)})`;
      const counts = `${better} better, ${worse} worse, ${equal} equal of ${questions}`;
      return `- ${cell(label)} against ${cell(first.label)}, ${language === 'all' ? 'all' : cell(language || 'not named')}: ${by}, sign test p ${p.toPrecision(2)} (${counts})`;
    }),
  );
}

function markdown(table: EvaluationTable): string {
  const { record } = table;
  const { settings } = record;
  const n = settings.samples;
  const asked =
    settings.reasoning.kind === 'language'
      ? settings.reasoning.language
      : settings.reasoning.kind === 'question'
        ? 'the question’s language'
        : settings.reasoning.kind === 'begun'
          ? 'the question’s language, its first words given'
          : 'none';
  const head = [
    'Language',
    'Model',
    'Questions',
    `Avg@${n}`,
    ...(n > 1 ? [`Pass@${n}`, `Maj@${n}`] : []),
    'Format rate',
    'Accuracy given format',
    'Reasoning in language',
    'Answer in language',
    'Tokens',
  ];
  const order = groupsOf(table);
  const languages = [...new Set(order.map(({ language }) => language).filter((language) => language !== 'all')), 'all'];
  const rows = languages.flatMap((language) =>
    order
      .filter((one) => one.language === language)
      .map(({ label, group }) => [
        language === 'all' ? 'All' : cell(language || 'not named'),
        cell(label),
        String(group.questions),
        percent(group.avg),
        ...(n > 1 ? [percent(group.pass_at[n] ?? { mean: null, low: null, high: null }), percent(group.maj)] : []),
        percent(group.parsed),
        percent(group.accuracy_given_parsed),
        percent(group.thought.share),
        percent(group.answer.share),
        plain(group.tokens),
      ]),
  );
  const { temperature, top_k, top_p, min_p, max_new_tokens, seed } = settings.sampling;
  return [
    `## ${cell(record.name)}`,
    '',
    `${cell(record.model.name)} on ${cell(record.set.name)}. Percent, with 95 % intervals (bootstrap over questions).`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map((_, i) => (i < 2 ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...(pairedLines(table).length > 0
      ? [
          'Percentage points of Avg, paired by question, with 95 % intervals and the exact two-sided sign test:',
          '',
          ...pairedLines(table),
          '',
        ]
      : []),
    `Samples a question: ${n}. Temperature ${temperature}, top k ${top_k}, top p ${top_p}, min p ${min_p}, at most ${max_new_tokens} tokens, seed ${seed}. Reasoning requested in: ${cell(asked)}. ${record.done} of ${record.total} answers. Intervals: percentiles of ${BOOTSTRAP_DRAWS} draws, seed ${BOOTSTRAP_SEED}. Asked on ${cell(settings.date)}; the first question: “${cell(record.questions[0]?.question ?? '')}”.`,
    '',
  ].join('\n');
}

/** A line as the verb `score` reads it, with what the question and the judge said. */
function asScored({ record }: EvaluationTable, sample: EvaluationSample): Record<string, unknown> {
  const question = record.questions.find(({ id, language }) => id === sample.question && language === sample.language);
  return { ...sample, gold: question?.gold ?? null, asked: question?.question ?? '' };
}
