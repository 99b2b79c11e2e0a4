/** The dataset in a few numbers: name and source, rows and tokens that train, languages as a bar, lengths as a histogram. */
import { Button, Grid, Group, Paper, Popover, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { formatBytes, formatCount, formatInteger, formatPlural } from '../../../lib/format.ts';
import type { DatasetSummary, TokenStatistics } from '../../../protocol/dataset.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { modesSentence } from '../../parts/labels.ts';
import { useBusy, useData, useFacts, useSettings } from '../../use.ts';
import { LanguageBar } from './language-bar.tsx';
import { LengthHistogram } from './length-histogram.tsx';
import { SourceInput } from './source-input.tsx';

const SCHEMAS: Record<DatasetSummary['schema'], string> = {
  'multilingual-thinking': 'Multilingual-Thinking',
  messages: 'messages',
  'prompt-completion': 'prompt and completion',
  'question-answer': 'question and answer',
  mapped: 'columns you mapped',
  unknown: 'columns not recognised',
};

/** Whose columns may as well be others: each is one text. */
const TABLES: ReadonlySet<DatasetSummary['schema']> = new Set(['question-answer', 'prompt-completion', 'mapped']);

interface DataHeadProps {
  readonly dataset: DatasetSummary;
  /** The form for the columns is there. */
  readonly mapping: boolean;
  readonly onChooseColumns: () => void;
}

export function DataHead({ dataset, mapping, onChooseColumns }: DataHeadProps) {
  return (
    <Paper className="panel" p="md" data-testid="dataset-summary">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div style={{ minWidth: 0 }}>
          <Title order={2} style={{ overflowWrap: 'anywhere' }}>
            <Foreign text={dataset.name} />
          </Title>
          <Text size="sm" c="dimmed" className="numbers">
            {dataset.format.toUpperCase()}, {SCHEMAS[dataset.schema]}, {formatPlural(dataset.rows, 'row')}, {formatBytes(dataset.bytes)}
            {dataset.sampled !== undefined && `; languages and problems from ${formatPlural(dataset.sampled, 'row')} so far`}
          </Text>
        </div>
        <Group gap="xs">
          {TABLES.has(dataset.schema) && (
            <Button size="xs" variant="default" aria-expanded={mapping} onClick={onChooseColumns} data-testid="choose-columns">
              Choose the columns
            </Button>
          )}
          <OpenAnother />
        </Group>
      </Group>
      {dataset.schema !== 'unknown' && (
        <Grid gap="lg" mt="sm">
          <Grid.Col span={{ base: 12, md: 6 }}>
            <TrainedLine dataset={dataset} />
            <LanguageBar languages={dataset.languages} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 6 }}>
            <LengthHistogram />
          </Grid.Col>
        </Grid>
      )}
    </Paper>
  );
}

function OpenAnother() {
  const [open, setOpen] = useState(false);
  return (
    <Popover width={440} position="bottom-end" opened={open} onChange={setOpen}>
      <Popover.Target>
        <Button size="xs" variant="default" onClick={() => setOpen(!open)} data-testid="open-dataset">
          Open another dataset
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="94vw">
        <SourceInput onDone={() => setOpen(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** How many rows and tokens train, and why the others do not. */
function TrainedLine({ dataset: { rows, problems } }: { dataset: DatasetSummary }) {
  const statistics = useData((d) => d.statistics);
  const counting = useBusy('count-tokens');
  const chosen = useSettings((s) => s.settings.encoding.languages);
  if (!statistics) {
    return (
      <Text size="sm" c="dimmed" mb="sm">
        {counting ? 'Counting tokens.' : 'Tokens are counted once a model is loaded.'}
      </Text>
    );
  }
  if (statistics.sampled !== undefined) return <EstimatedLine statistics={statistics} sampled={statistics.sampled} />;
  const broken = new Set([...problems, ...statistics.problems].filter((p) => !p.trains).map((p) => p.row)).size;
  const left = rows - statistics.rows_trained;
  const reasons = [
    broken > 0 ? `${formatInteger(broken)} with problems` : '',
    chosen && left > broken ? `${formatInteger(left - broken)} in languages not chosen` : '',
  ].filter(Boolean);
  return (
    <Text size="sm" mb="sm" className="numbers" data-testid="trained-words">
      <b>{formatInteger(statistics.rows_trained)}</b> of {formatPlural(rows, 'row')} train,{' '}
      <b>{formatInteger(statistics.trained_tokens)}</b> of {formatPlural(statistics.tokens, 'token')}.
      {left > 0 ? ` Left out: ${reasons.join(', ') || formatPlural(left, 'row')}.` : ''}
      {statistics.modes && <span data-testid="row-modes"> {modesSentence(statistics.modes)}</span>}
    </Text>
  );
}

/** Of a large dataset, until all its rows are counted. */
function EstimatedLine({ statistics, sampled }: { statistics: TokenStatistics; sampled: number }) {
  const counting = useFacts((f) => f.tasks.tokens !== undefined);
  const { rows, rows_trained, modes, tokens, trained_tokens } = statistics;
  return (
    <Text size="sm" mb="sm" className="numbers" data-testid="trained-words">
      About <b>{formatCount(rows_trained)}</b> of {formatPlural(rows, 'row')} train, about <b>{formatCount(trained_tokens)}</b> of{' '}
      {formatCount(tokens)} tokens, estimated from {formatPlural(sampled, 'row')}.{' '}
      {counting ? 'All rows are being counted.' : 'A run counts all rows before its first step.'}
      {modes && ` ${modesSentence(modes, true)}`}
    </Text>
  );
}
