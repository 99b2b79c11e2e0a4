/** The set that is looked at: how many of its answers are kept and why the others are not, the ways to use it, and the answers themselves. */
import { Button, Group, Paper, Text, Title } from '@mantine/core';
import { formatDuration, formatInteger, formatPercent, formatPlural } from '../../../lib/format.ts';
import type { TraceExport, TraceFilter, TraceRecord } from '../../../protocol/traces.ts';
import { keptSentence, reasonCounts, recordNow } from '../../../state/traces.ts';
import { exportTraces, lookAtTraces, openTraces, reselectTraces } from '../../../state/traces-actions.ts';
import { ExportMenu } from '../../parts/export-menu.tsx';
import { Foreign } from '../../parts/foreign.tsx';
import { samplingWords } from '../../parts/sampling-inputs.tsx';
import { goTo } from '../../router.ts';
import { useBusy, useFacts, useTraces } from '../../use.ts';
import classes from './making.module.css';
import { KeepingInputs } from './making-rewards.tsx';
import { TraceList } from './trace-list.tsx';

export function TraceResult() {
  const opened = useTraces((t) => t.opened);
  const progress = useFacts((f) => f.traces);
  const kept = useFacts((f) => f.traceSets?.sets.find(({ id }) => id === opened));
  const record = recordNow(kept, progress);
  if (!record) return <Nothing />;
  return (
    <Paper className="panel" px="md" py="sm" data-testid="trace-result">
      <Head record={record} />
      <Text size="sm" fw={600} className="numbers" role="status" data-testid="kept-sentence">
        {keptSentence(record)}
      </Text>
      {record.done > 0 && <Reasons record={record} />}
      {record.done > 0 && record.phase !== 'running' && <Anew record={record} />}
      {record.done > 0 && <TraceList record={record} />}
    </Paper>
  );
}

function Nothing() {
  const making = useFacts((f) => f.traces?.phase === 'running');
  const some = useFacts((f) => (f.traceSets?.sets.length ?? 0) > 0);
  if (making) return null;
  return (
    <Paper className="panel" px="md" py="sm" data-testid="traces-empty">
      <Title order={2}>{some ? 'No set is open' : 'No rows have been made yet'}</Title>
      <Text size="sm" mt={4} className="reading">
        Each row of the dataset is asked several times. An answer is kept if the rewards on the left say that it is good; why others are
        left out is shown with every answer. What is kept can be opened as the dataset and trained on. Press Make rows to begin.
      </Text>
    </Paper>
  );
}

function Head({ record }: { record: TraceRecord }) {
  const { id, name, generator, dataset, settings, rows, tokens, seconds, kept, phase } = record;
  const opening = useBusy('read-dataset');
  const open = async (): Promise<void> => {
    if (await openTraces(id)) goTo('data');
  };
  const why = phase === 'running' ? 'Rows are being made; pause it to open what there is.' : kept === 0 ? 'No answer is kept.' : undefined;
  return (
    <Group justify="space-between" align="flex-start" gap="sm" mb={8}>
      <div style={{ flex: '1 1 300px', minWidth: 0 }}>
        <Title order={2} style={{ overflowWrap: 'anywhere' }}>
          <Foreign text={name} />
        </Title>
        <Text size="xs" c="dimmed" className="numbers" data-testid="trace-facts">
          <Foreign text={generator.label} /> on {formatPlural(rows, 'row')} of <Foreign text={dataset.name} />,{' '}
          {formatPlural(settings.num_return_sequences, 'answer')} each; {samplingWords(settings.sampling)}. {formatInteger(tokens)} tokens
          in {formatDuration(seconds)}.
        </Text>
      </div>
      <Group gap="xs">
        <Button
          size="compact-sm"
          disabled={why !== undefined}
          title={why}
          loading={opening}
          onClick={() => void open()}
          data-testid="open-traces"
        >
          Open as dataset
        </Button>
        <ExportMenu
          name={name}
          formats={EXPORTS}
          write={(what) => exportTraces(id, what)}
          busy={useBusy('export-traces')}
          testId="export-traces"
        />
      </Group>
    </Group>
  );
}

const EXPORTS: readonly { format: TraceExport; label: string; ending: string }[] = [
  { format: 'dataset', label: 'Kept rows, with where they come from (JSONL)', ending: '-rows.jsonl' },
  { format: 'all', label: 'All answers, with what became of them (JSONL)', ending: '-answers.jsonl' },
];

/** Kept and every reason add up to all; each number leads to its answers. */
function Reasons({ record }: { record: TraceRecord }) {
  const { kept, done, suspicious } = record;
  return (
    <table className={classes.table} data-testid="trace-reasons">
      <caption className="visually-hidden">What became of the answers</caption>
      <thead>
        <tr>
          <th scope="col">What became of the answers</th>
          <th scope="col">Answers</th>
          <th scope="col">
            <span className="visually-hidden">Share</span>
          </th>
        </tr>
      </thead>
      <tbody>
        <Line filter="kept" label="Kept" count={kept} of={done} strong />
        {suspicious > 0 && <Line filter="suspicious" label="of these, worth a look" count={suspicious} of={done} />}
        {reasonCounts(record).map(({ reason, label, count }) => (
          <Line key={reason} filter={reason} label={`Left out: ${label}`} count={count} of={done} />
        ))}
      </tbody>
      <tfoot>
        <Line filter="all" label="All" count={done} of={done} />
      </tfoot>
    </table>
  );
}

interface LineProps {
  filter: TraceFilter;
  label: string;
  count: number;
  of: number;
  strong?: boolean;
}

function Line({ filter, label, count, of, strong = false }: LineProps) {
  const pressed = useTraces((t) => t.view.filter === filter && t.view.language === null);
  return (
    <tr data-strong={strong || undefined} data-testid={`reason-${filter}`}>
      <th scope="row">{label}</th>
      <td className={classes.count}>
        <button
          type="button"
          className={classes.number}
          aria-pressed={pressed}
          aria-label={`${label}: show ${formatPlural(count, 'answer')}`}
          onClick={() => void lookAtTraces({ filter, language: null, page: 0 }, true)}
        >
          {formatInteger(count)}
        </button>
      </td>
      <td className={classes.bar}>
        <div className={classes.track} title={formatPercent(count / of, 1)}>
          <span style={{ width: `${(100 * count) / of}%` }} />
        </div>
      </td>
    </tr>
  );
}

/** Which of those that pass are kept can be chosen again without another answer. */
function Anew({ record: { id, settings } }: { record: TraceRecord }) {
  const { keep, most_per_language, choice_seed } = settings;
  return (
    <details className={classes.prompt} data-testid="reselect">
      <summary>Choose anew which of those that pass are kept</summary>
      <KeepingInputs
        keep={keep}
        most_per_language={most_per_language}
        change={(choice) => void reselectTraces(id, { keep, most_per_language, choice_seed, ...choice })}
        prefix="reselect"
      />
    </details>
  );
}
