/** The sets of traces that this browser keeps: look at one, rename it, delete it and have it back. */
import { Button, Group, Paper, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { formatBytes, formatDay, formatInteger, formatPlural } from '../../../lib/format.ts';
import type { TraceRecord } from '../../../protocol/traces.ts';
import { recordNow } from '../../../state/traces.ts';
import { deleteTraces, lookAtSet, renameTraces, undeleteTraces } from '../../../state/traces-actions.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { offerUndo } from '../../parts/offer-undo.tsx';
import { Rename } from '../../parts/rename.tsx';
import { useFacts, useTraces } from '../../use.ts';
import classes from './making.module.css';

export function TraceSets() {
  const kept = useFacts((f) => f.traceSets);
  if (!kept || kept.sets.length === 0) return null;
  const { sets, room } = kept;
  const leaving = sets.find(({ id }) => id === room.leaving);
  return (
    <Paper className="panel" px="md" py="sm" data-testid="trace-sets">
      <Group justify="space-between" gap="xs" align="baseline">
        <Title order={2}>Sets made here</Title>
        <Text size="sm" c="dimmed" className="numbers" data-testid="traces-room">
          {sets.length} of {formatPlural(room.most, 'set')}, {formatBytes(room.used)} of {formatBytes(room.limit)}
        </Text>
      </Group>
      {leaving && (
        <Text size="sm" mt={4}>
          The storage for sets is full: the next one takes the place of <bdi>{leaving.name}</bdi>. Export it first if you need it, or delete
          others.
        </Text>
      )}
      <ul className={classes.kept}>
        {sets.map((set) => (
          <Row key={set.id} set={set} />
        ))}
      </ul>
    </Paper>
  );
}

function stateWords({ phase, done, total }: TraceRecord): string {
  if (phase === 'running') return 'under way, ';
  if (done >= total) return '';
  return `${phase === 'failed' ? 'broke off' : 'paused'} at ${formatInteger(done)} of ${formatInteger(total)}, `;
}

function Row({ set }: { set: TraceRecord }) {
  const progress = useFacts((f) => f.traces);
  const record = recordNow(set, progress) ?? set;
  const { id, name, kept, done, generator, phase, started } = record;
  const [renaming, setRenaming] = useState(false);
  const opened = useTraces((t) => t.opened === id);
  const live = phase === 'running';
  const remove = async (): Promise<void> => {
    if (await deleteTraces(id)) offerSetBack(id, name);
  };
  return (
    <li data-testid="trace-set" data-opened={opened}>
      <div className={classes.about}>
        {renaming ? (
          <Rename name={name} rename={(text) => renameTraces(id, text)} close={() => setRenaming(false)} />
        ) : (
          <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            <Foreign text={name} />
          </Text>
        )}
        <Text size="xs" c="dimmed" className="numbers">
          {stateWords(record)}
          {formatInteger(kept)} of {formatPlural(done, 'answer')} kept, by <Foreign text={generator.label} />, {formatDay(started)}
        </Text>
      </div>
      <Group gap={6}>
        <Button
          size="compact-sm"
          variant="default"
          disabled={opened}
          aria-label={`Look at ${name}`}
          onClick={() => void lookAtSet(id)}
          data-testid="look-at-set"
        >
          {opened ? 'Shown above' : 'Look at it'}
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
          data-testid="delete-set"
        >
          Delete
        </Button>
      </Group>
    </li>
  );
}

export function offerSetBack(id: string, name: string): void {
  offerUndo({ id, name, undo: () => undeleteTraces(id), testId: 'undo-set' });
}
