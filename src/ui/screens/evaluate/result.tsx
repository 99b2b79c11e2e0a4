/** The opened result: its figures as a table and a chart, two columns compared in a sentence, and the ways to take it along. */
import { Group, NativeSelect, Paper, Skeleton, Text, Title } from '@mantine/core';
import { formatDuration, formatInteger, formatPlural } from '../../../lib/format.ts';
import type { EvaluationFormat, EvaluationTable } from '../../../protocol/evaluation-run.ts';
import { evaluationStore, FIGURES, type FigureName, figureLabel, pairSentence } from '../../../state/evaluation.ts';
import { comparePair, exportEvaluation, putBeside } from '../../../state/evaluation-actions.ts';
import { ExportMenu } from '../../parts/export-menu.tsx';
import { Foreign } from '../../parts/foreign.tsx';
import { samplingWords } from '../../parts/sampling-inputs.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useBusy, useEvaluation, useFacts } from '../../use.ts';
import { FigureChart } from './figure-chart.tsx';
import { FigureTable } from './figure-table.tsx';

export function Result() {
  const table = useEvaluation((e) => e.table);
  const opened = useEvaluation((e) => e.opened);
  const reading = useBusy('evaluation-table');
  if (!table) return opened !== null && reading ? <Skeleton h={220} aria-label="The result is being counted" /> : <Nothing />;
  return (
    <Paper className="panel" px="md" py="sm" data-testid="evaluation-result">
      <Head table={table} />
      <FigureSwitch table={table} />
      <Scroll label="Figures by language and column" style={{ overflowX: 'auto' }}>
        <FigureTable table={table} />
      </Scroll>
      <FigureChart table={table} />
      <Pair table={table} />
    </Paper>
  );
}

function Nothing() {
  const evaluating = useFacts((f) => f.evaluation?.phase === 'running');
  if (evaluating) return null;
  return (
    <Paper className="panel" px="md" py="sm" data-testid="evaluation-empty">
      <Title order={2}>No result is open</Title>
      <Text size="sm" mt={4} className="reading">
        An evaluation asks the questions on the left, judges every answer, and says by language how often the model is right and which
        language it thinks in, each with its 95 % interval. Press Evaluate, or open a kept result.
      </Text>
    </Paper>
  );
}

function Head({ table: { record } }: { table: EvaluationTable }) {
  const { settings, questions, done, total, seconds, tokens } = record;
  const asked =
    settings.reasoning.kind === 'language'
      ? `reasoning requested in ${settings.reasoning.language}`
      : settings.reasoning.kind === 'none'
        ? 'no language requested'
        : settings.reasoning.kind === 'begun'
          ? 'reasoning begun in the question’s language'
          : 'reasoning requested in the question’s language';
  return (
    <Group justify="space-between" align="flex-start" gap="sm" mb={8}>
      <div style={{ flex: '1 1 300px', minWidth: 0 }}>
        <Title order={2} style={{ overflowWrap: 'anywhere' }}>
          <Foreign text={record.name} />
        </Title>
        <Text size="xs" c="dimmed" className="numbers" data-testid="result-facts">
          {record.model.name} on {record.set.name}: {formatPlural(questions.length, 'question')}, {formatPlural(settings.samples, 'sample')}{' '}
          each; {asked}; {samplingWords(settings.sampling)}.{' '}
          {done < total ? `${formatInteger(done)} of ${formatPlural(total, 'answer')} so far` : formatPlural(done, 'answer')},{' '}
          {formatInteger(tokens)} tokens in {formatDuration(seconds)}.
        </Text>
      </div>
      <ExportMenu
        name={record.name}
        formats={FORMATS}
        write={(format) => exportEvaluation(record.id, format)}
        busy={useBusy('export-evaluation')}
        testId="export-evaluation"
      />
    </Group>
  );
}

const FORMATS: readonly { format: EvaluationFormat; label: string; ending: string }[] = [
  { format: 'markdown', label: 'Markdown table', ending: '.md' },
  { format: 'csv', label: 'CSV of all figures', ending: '.csv' },
  { format: 'json', label: 'JSON with settings and questions', ending: '.json' },
  { format: 'answers', label: 'Answers (JSONL)', ending: '.jsonl' },
];

function FigureSwitch({ table: { record } }: { table: EvaluationTable }) {
  const figure = useEvaluation((e) => e.figure);
  const { samples } = record.settings;
  return (
    <Group gap="sm" mb={6}>
      <NativeSelect
        size="xs"
        aria-label="Which figure"
        value={figure}
        onChange={({ currentTarget: { value } }) => evaluationStore.setState({ figure: value as FigureName })} // one of the options below
        data={(Object.keys(FIGURES) as FigureName[]).map((name) => ({ value: name, label: figureLabel(name, samples) }))}
        data-testid="figure"
      />
      <Text size="xs" c="dimmed" style={{ flex: '1 1 200px' }}>
        {FIGURES[figure].help}
      </Text>
    </Group>
  );
}

/** The columns that can be compared: of this result, and of the one beside it. */
function Pair({ table }: { table: EvaluationTable }) {
  const pair = useEvaluation((e) => e.pair);
  const compared = useEvaluation((e) => e.compared);
  const beside = useEvaluation((e) => e.beside);
  const kept = useFacts((f) => f.evaluations);
  if (table.record.phase === 'running') return null;
  const columns = [table, ...(beside ? [beside] : [])].flatMap(({ record, columns }) =>
    columns.map(({ id, label }) => ({ value: `${record.id}/${id}`, label: beside ? `${label} (${record.name})` : label })),
  );
  const of = (value: string) => ({ evaluation: value.slice(0, value.indexOf('/')), column: value.slice(value.indexOf('/') + 1) });
  const others = (kept ?? []).filter(({ id, phase }) => id !== table.record.id && phase !== 'running');
  if (columns.length < 2 && others.length === 0) return null;
  const first = pair ? `${pair.first.evaluation}/${pair.first.column}` : columns[0]!.value;
  const second = pair ? `${pair.second.evaluation}/${pair.second.column}` : (columns[1]?.value ?? columns[0]!.value);
  const choices = (label: string, value: string, change: (value: string) => void) => (
    <NativeSelect size="xs" aria-label={label} value={value} onChange={({ currentTarget }) => change(currentTarget.value)} data={columns} />
  );
  return (
    <div style={{ marginTop: 14 }} data-testid="pair">
      {compared && columns.length > 1 && (
        <Text size="sm" className="reading numbers" data-testid="pair-sentence">
          {pairSentence(compared)}
        </Text>
      )}
      <Group gap="xs" mt={6} align="flex-end">
        {columns.length > 2 && (
          <>
            {choices('First column', first, (value) => void comparePair(of(value), of(second)))}
            <Text size="xs">against</Text>
            {choices('Second column', second, (value) => void comparePair(of(first), of(value)))}
          </>
        )}
        {others.length > 0 && (
          <NativeSelect
            size="xs"
            aria-label="Another result beside this one"
            value={beside?.record.id ?? ''}
            onChange={({ currentTarget: { value } }) => void putBeside(value === '' ? null : value)}
            data={[{ value: '', label: 'Beside another result' }, ...others.map(({ id, name }) => ({ value: id, label: name }))]}
            data-testid="beside"
          />
        )}
      </Group>
    </div>
  );
}
