/** What this browser keeps of one kind (results, sets of traces): the storage that it takes, and each item to open, rename, delete and have back. */
import { Button, type ButtonProps, Group, Paper, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { formatBytes, formatInteger, formatPlural } from '../../lib/format.ts';
import type { EvaluationPhase, ResultsRoom } from '../../protocol/evaluation-run.ts';
import { Foreign } from './foreign.tsx';
import classes from './kept-list.module.css';
import { Rename } from './rename.tsx';

interface KeptItem {
  id: string;
  name: string;
  phase: EvaluationPhase;
  done: number;
  total: number;
}

interface Actions<Item> {
  testIds: { row: string; open: string; remove: string };
  opened: string | null;
  /** Said of an item behind how far it is. */
  about: (item: Item) => ReactNode;
  open: (id: string) => Promise<void>;
  rename: (id: string, name: string) => Promise<boolean>;
  remove: (id: string) => Promise<boolean>;
  offerBack: (id: string, name: string) => void;
}

interface Props<Item> extends Actions<Item> {
  title: string;
  /** "result". */
  noun: string;
  items: readonly Item[];
  room: ResultsRoom;
}

export function KeptList<Item extends KeptItem>({ title, noun, items, room, ...actions }: Props<Item>) {
  const leaving = items.find(({ id }) => id === room.leaving);
  return (
    <Paper className="panel" px="md" py="sm" data-testid={`${actions.testIds.row}s`}>
      <Group justify="space-between" gap="xs" align="baseline" mb={6}>
        <Title order={2}>{title}</Title>
        <Text size="sm" c="dimmed" className="numbers" data-testid={`${noun}s-room`}>
          {items.length} of {formatPlural(room.most, noun)}, {formatBytes(room.used)} of {formatBytes(room.limit)}
        </Text>
      </Group>
      {leaving && (
        <Text size="sm" mt={4}>
          The storage for {noun}s is full: the next one takes the place of <bdi>{leaving.name}</bdi>. Export it first if you need it, or
          delete others.
        </Text>
      )}
      <ul className={classes.kept}>
        {items.map((item) => (
          <Row key={item.id} item={item} {...actions} />
        ))}
      </ul>
    </Paper>
  );
}

function Row<Item extends KeptItem>({ item, testIds, opened, about, open, rename, remove, offerBack }: Actions<Item> & { item: Item }) {
  const { id, name, phase } = item;
  const [renaming, setRenaming] = useState(false);
  const button: ButtonProps = { size: 'compact-sm', variant: 'default', disabled: phase === 'running' };
  const drop = async (): Promise<void> => {
    if (await remove(id)) offerBack(id, name);
  };
  return (
    <li data-testid={testIds.row} data-opened={opened === id}>
      <div className={classes.about}>
        {renaming ? (
          <Rename name={name} rename={(text) => rename(id, text)} close={() => setRenaming(false)} />
        ) : (
          <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            <Foreign text={name} />
          </Text>
        )}
        <Text size="xs" c="dimmed" className="numbers">
          {howFar(item)}
          {about(item)}
        </Text>
      </div>
      <Group gap={6}>
        <Button {...button} disabled={opened === id} aria-label={`Open ${name}`} onClick={() => void open(id)} data-testid={testIds.open}>
          {opened === id ? 'Open above' : 'Open'}
        </Button>
        <Button {...button} aria-label={`Rename ${name}`} onClick={() => setRenaming(true)}>
          Rename
        </Button>
        <Button {...button} aria-label={`Delete ${name}`} onClick={() => void drop()} data-testid={testIds.remove}>
          Delete
        </Button>
      </Group>
    </li>
  );
}

/** '' where it is whole. */
function howFar({ phase, done, total }: KeptItem): string {
  if (phase === 'running') return 'under way, ';
  if (done >= total) return '';
  return `${phase === 'failed' ? 'broke off' : 'paused'} at ${formatInteger(done)} of ${formatInteger(total)}, `;
}
