/** The models cached in this browser: open one, resume an unfinished download, or delete it. Nothing is shown where there is none. */
import { Button, Group, Paper, Popover, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { formatBytes, formatDay } from '../../../lib/format.ts';
import type { CachedModel } from '../../../protocol/model.ts';
import { deleteCachedModel, openCached } from '../../../state/hub-actions.ts';
import { isChosen } from '../../../state/model-actions.ts';
import { useBusy, useChosenModel, useFacts, useLoadingModel, useReadOnly } from '../../use.ts';
import classes from './model.module.css';
import { Loaded, useMayLoad } from './source-cards.tsx';

export function CachedModels() {
  const models = useFacts((f) => f.cachedModels);
  if (!models || models.length === 0) return null;
  const total = models.reduce((sum, model) => sum + model.stored, 0);
  return (
    <Paper className="panel" p="md" data-testid="cached-models">
      <Group justify="space-between" gap="xs" align="baseline">
        <Title order={2}>Cached in this browser</Title>
        <Text size="sm" c="dimmed" className="numbers">
          {formatBytes(total)} in all
        </Text>
      </Group>
      <ul className={classes.cached}>
        {models.map((model) => (
          <CachedRow key={model.id} model={model} />
        ))}
      </ul>
    </Paper>
  );
}

function CachedRow({ model }: { model: CachedModel }) {
  const mayLoad = useMayLoad();
  const loaded = useFacts((f) => f.model?.source === 'hub');
  const chosen = useChosenModel((c) => isChosen(model, c));
  const { repository, revision, endpoint, bytes, stored, complete, used } = model;
  const from = new URL(endpoint).host;
  return (
    <li data-testid="cached-model">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {repository}
        </Text>
        <Text size="xs" c="dimmed" className="numbers">
          {revision} at {model.commit.slice(0, 7)}
          {from === 'huggingface.co' ? '' : `, from ${from}`} ·{' '}
          {complete ? formatBytes(bytes) : `${formatBytes(stored)} of ${formatBytes(bytes)}`} · used {formatDay(used)}
        </Text>
      </div>
      <Group gap="xs" wrap="nowrap">
        {loaded && chosen ? (
          <Loaded />
        ) : (
          <Button size="xs" variant="default" disabled={!mayLoad} onClick={() => void openCached(model)} data-testid="open-cached">
            {complete ? 'Open' : 'Resume'}
          </Button>
        )}
        <DeleteButton model={model} disabled={loaded && chosen} />
      </Group>
    </li>
  );
}

function DeleteButton({ model, disabled }: { model: CachedModel; disabled: boolean }) {
  const [open, setOpen] = useState(false);
  const deleting = useBusy('delete-cached');
  const readOnly = useReadOnly();
  const busy = useLoadingModel() || deleting || readOnly !== undefined;
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={260} trapFocus returnFocus>
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          disabled={disabled || busy}
          title={readOnly ?? (disabled ? 'It is loaded; use another model first.' : undefined)}
          aria-label={`Delete ${model.repository}`}
          onClick={() => setOpen(!open)}
          data-testid="delete-cached"
        >
          Delete
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm">
          Delete {formatBytes(model.stored)} of {model.repository} from this browser? Adapters trained on it are kept; to use it again, it
          has to be downloaded again.
        </Text>
        <Group gap="xs" mt="sm">
          <Button
            size="xs"
            color="red"
            onClick={() => {
              setOpen(false);
              void deleteCachedModel(model.id);
            }}
            data-testid="confirm-delete"
          >
            Delete
          </Button>
          <Button size="xs" variant="default" onClick={() => setOpen(false)}>
            Keep
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
