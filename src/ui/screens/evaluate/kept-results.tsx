/** The results that this browser keeps: open one, rename it, delete it and have it back. */
import { Button, Group, Paper, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { formatBytes, formatInteger, formatPlural } from '../../../lib/format.ts';
import type { EvaluationSummary } from '../../../protocol/evaluation-run.ts';
import { deleteEvaluation, openEvaluation, renameEvaluation, undeleteEvaluation } from '../../../state/evaluation-actions.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { offerUndo } from '../../parts/offer-undo.tsx';
import { Rename } from '../../parts/rename.tsx';
import { useEvaluation, useFacts } from '../../use.ts';
import classes from './evaluate.module.css';

export function KeptResults() {
  const kept = useFacts((f) => f.evaluations);
  const room = useFacts((f) => f.resultsRoom);
  if (!kept || kept.length === 0) return null;
  const leaving = kept.find(({ id }) => id === room?.leaving);
  return (
    <Paper className="panel" px="md" py="sm" data-testid="kept-evaluations">
      <Group justify="space-between" gap="xs" align="baseline">
        <Title order={2}>Kept results</Title>
        {room && (
          <Text size="sm" c="dimmed" className="numbers" data-testid="results-room">
            {kept.length} of {room.most} results, {formatBytes(room.used)} of {formatBytes(room.limit)}
          </Text>
        )}
      </Group>
      {leaving && (
        <Text size="sm" mt={4} data-testid="result-leaving">
          The storage for results is full: the next one takes the place of <bdi>{leaving.name}</bdi>. Export it first if you need it, or
          delete others.
        </Text>
      )}
      <ul className={classes.kept}>
        {kept.map((result) => (
          <Row key={result.id} result={result} />
        ))}
      </ul>
    </Paper>
  );
}

function Row({ result }: { result: EvaluationSummary }) {
  const { id, name, phase, done, total, questions, columns } = result;
  const [renaming, setRenaming] = useState(false);
  const opened = useEvaluation((e) => e.opened === id);
  const live = phase === 'running';
  const state = live
    ? 'under way, '
    : done < total
      ? `${phase === 'failed' ? 'broke off' : 'paused'} at ${formatInteger(done)} of ${formatInteger(total)}, `
      : '';
  const remove = async (): Promise<void> => {
    if (await deleteEvaluation(id)) offerBack(id, name);
  };
  return (
    <li data-testid="kept-evaluation" data-opened={opened}>
      <div className={classes.about}>
        {renaming ? (
          <Rename name={name} rename={(text) => renameEvaluation(id, text)} close={() => setRenaming(false)} />
        ) : (
          <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            <Foreign text={name} />
          </Text>
        )}
        <Text size="xs" c="dimmed" className="numbers">
          {state}
          {formatPlural(questions, 'question')}, {columns.map(({ label }) => label).join(' and ')}
        </Text>
      </div>
      <Group gap={6}>
        <Button
          size="compact-sm"
          variant="default"
          disabled={opened}
          aria-label={`Open ${name}`}
          onClick={() => void openEvaluation(id)}
          data-testid="open-evaluation"
        >
          {opened ? 'Open above' : 'Open'}
        </Button>
        <Button size="compact-sm" variant="default" disabled={live} aria-label={`Rename ${name}`} onClick={() => setRenaming(true)}>
          Rename
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={live}
          aria-label={`Delete ${name}`}
          onClick={() => void remove()}
          data-testid="delete-evaluation"
        >
          Delete
        </Button>
      </Group>
    </li>
  );
}

export function offerBack(id: string, name: string): void {
  offerUndo({ id, name, undo: () => undeleteEvaluation(id), testId: 'undo-evaluation' });
}
