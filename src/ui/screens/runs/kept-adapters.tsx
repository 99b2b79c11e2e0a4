/** The adapters that this browser keeps: put one on the model again, take it along, rename it, delete it and have it back. */
import { Badge, Button, Group, Paper, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { formatBytes } from '../../../lib/format.ts';
import type { KeptAdapters as Kept, KeptAdapter } from '../../../protocol/model.ts';
import {
  deleteAdapter,
  exportKeptAdapter,
  purgeAdapters,
  renameAdapter,
  standAdapter,
  undeleteAdapter,
} from '../../../state/adapter-actions.ts';
import { isRunning } from '../../../state/facts.ts';
import { saveFile } from '../../parts/save-file.ts';
import { useBusy, useFacts, useNoGpu, useReadOnly } from '../../use.ts';
import classes from './runs.module.css';
import { keptLine } from './summary.ts';

export function KeptAdapters() {
  const kept = useFacts((f) => f.kept);
  if (!kept || kept.adapters.length === 0) return null;
  const leaving = kept.adapters.find(({ id }) => id === kept.leaving);
  return (
    <Paper className="panel" p="lg" data-testid="kept-adapters">
      <Group justify="space-between" gap="xs" align="baseline">
        <Title order={2}>Kept in this browser</Title>
        <Text size="sm" c="dimmed" className="numbers">
          {formatBytes(total(kept))} in all
        </Text>
      </Group>
      <Text size="sm" c="dimmed" className="reading">
        The last ten are kept, whatever is trained or imported next.
        {leaving && ` The next one takes the place of ${leaving.name}; download it first if you need it.`}
      </Text>
      {kept.short && (
        <Text size="sm" className={classes.finding} mt="xs" data-testid="kept-storage">
          {kept.short}
        </Text>
      )}
      <ul className={classes.kept}>
        {kept.adapters.map((adapter) => (
          <Row key={adapter.id} adapter={adapter} />
        ))}
      </ul>
    </Paper>
  );
}

function total({ adapters }: Kept): number {
  return adapters.reduce((sum, { bytes }) => sum + bytes, 0);
}

function Row({ adapter }: { adapter: KeptAdapter }) {
  const [renaming, setRenaming] = useState(false);
  const standing = useFacts((f) => f.adapter !== null) && adapter.standing;
  return (
    <li data-testid="kept-adapter" data-standing={standing}>
      <div className={classes.about}>
        {renaming ? (
          <Rename adapter={adapter} close={() => setRenaming(false)} />
        ) : (
          <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            <bdi>{adapter.name}</bdi>
          </Text>
        )}
        <Text size="xs" c="dimmed" className="numbers">
          {keptLine(adapter)}
        </Text>
        {adapter.tab_only && (
          <Text size="xs" className={classes.finding}>
            In this tab only, because the browser’s storage is full: download it before you close the tab.
          </Text>
        )}
        {adapter.problem && (
          <Text size="xs" className={classes.finding} data-testid="kept-problem">
            {adapter.problem}
          </Text>
        )}
      </div>
      <Buttons adapter={adapter} standing={standing} rename={() => setRenaming(true)} />
    </li>
  );
}

function Buttons({ adapter, standing, rename }: { adapter: KeptAdapter; standing: boolean; rename: () => void }) {
  const running = isRunning(useFacts((f) => f.run?.phase));
  const busy = useBusy('stand', 'import', 'remove', 'delete');
  const model = useFacts((f) => f.model);
  const noGpu = useNoGpu();
  const { id, name, fits, problem } = adapter;
  const readOnly = useReadOnly();
  const obstacle =
    readOnly ??
    (running
      ? 'Wait for the run to end, or stop it.'
      : !fits
        ? `It belongs to ${adapter.model || 'another model'}; open that model first.`
        : undefined);
  return (
    <Group gap={6}>
      {standing ? (
        <Badge variant="outline" color="gray" c="var(--mantine-color-text)" tt="none" fw={500}>
          On the model
        </Badge>
      ) : (
        model &&
        !noGpu &&
        !problem && (
          <Button
            size="compact-sm"
            variant="default"
            disabled={obstacle !== undefined || busy}
            title={obstacle}
            aria-label={`Use ${name}`}
            onClick={() => void standAdapter(id)}
            data-testid="stand-adapter"
          >
            Use it
          </Button>
        )
      )}
      {!problem && (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Download ${name}`}
          onClick={() => void download(id)}
          data-testid="download-kept"
        >
          Download
        </Button>
      )}
      {!problem && (
        <Button
          size="compact-sm"
          variant="default"
          disabled={readOnly !== undefined}
          title={readOnly}
          aria-label={`Rename ${name}`}
          onClick={rename}
          data-testid="rename-adapter"
        >
          Rename
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        disabled={busy || readOnly !== undefined || (running && standing)}
        title={readOnly}
        aria-label={`Delete ${name}`}
        onClick={() => void remove(adapter)}
        data-testid="delete-adapter"
      >
        Delete
      </Button>
    </Group>
  );
}

async function download(id: string): Promise<void> {
  const bundle = await exportKeptAdapter(id);
  if (bundle) saveFile(bundle.name, new Blob([bundle.bytes], { type: 'application/zip' }));
}

const UNDO_MS = 12_000;

/** At once, with a way back for a while. */
async function remove({ id, name }: KeptAdapter): Promise<void> {
  if (!(await deleteAdapter(id))) return;
  const note = `deleted-${id}`;
  let back = false;
  const undo = (): void => {
    back = true;
    notifications.hide(note);
    void undeleteAdapter(id);
  };
  notifications.show({
    id: note,
    autoClose: UNDO_MS,
    withCloseButton: true,
    onClose: () => void (back || purgeAdapters()),
    message: (
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <bdi>{name}</bdi> was deleted.
        </Text>
        <Button size="compact-sm" variant="default" onClick={undo} data-testid="undo-delete">
          Undo
        </Button>
      </Group>
    ),
  });
}

function Rename({ adapter, close }: { adapter: KeptAdapter; close: () => void }) {
  const [name, setName] = useState(adapter.name);
  const submit = async (): Promise<void> => {
    if (name.trim() === adapter.name || (await renameAdapter(adapter.id, name))) close();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Group gap={6} mb={2}>
        <TextInput
          size="xs"
          aria-label="New name"
          dir="auto"
          value={name}
          maxLength={120}
          autoFocus
          style={{ flex: 1, minWidth: 140 }}
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') close();
          }}
          data-testid="new-name"
        />
        <Button size="xs" variant="default" type="submit" disabled={name.trim() === ''}>
          Rename
        </Button>
        <Button size="xs" variant="default" onClick={close}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
