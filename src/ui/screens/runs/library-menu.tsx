/** What can be done with an entry of the library, in one menu: look, compare, go on, take along, delete with a way back. */
import { ActionIcon, Button, Group, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { formatBytes } from '../../../lib/format.ts';
import { withVisible } from '../../../lib/invisible.ts';
import type { KeptAdapter } from '../../../protocol/model.ts';
import { deleteAdapter, exportKeptAdapter, standAdapter, undeleteAdapter } from '../../../state/adapter-actions.ts';
import { askBeside } from '../../../state/compare.ts';
import { evaluateBeside, STANDING } from '../../../state/evaluation.ts';
import { isRunning } from '../../../state/facts.ts';
import type { LibraryEntry } from '../../../state/library.ts';
import { deleteRun, purgeRuns, resumeKeptRun, showRun, undeleteRun } from '../../../state/run-actions.ts';
import { takeSettings } from '../../../state/settings.ts';
import { MoreIcon } from '../../parts/icons.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { goTo } from '../../router.ts';
import { useBusy, useFacts, useNoGpu, useReadOnly } from '../../use.ts';

interface Props {
  entry: LibraryEntry;
  standing: boolean;
  rename: () => void;
}

export function LibraryMenu({ entry, standing, rename }: Props) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          size={26}
          aria-label={`What to do with ${withVisible(entry.name)}`}
          data-testid="entry-menu"
        >
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Items entry={entry} standing={standing} rename={rename} />
      </Menu.Dropdown>
    </Menu>
  );
}

function Items({ entry, standing, rename }: Props) {
  const phase = useFacts((f) => f.run?.phase);
  const running = isRunning(phase);
  const atRest = !running || phase === 'paused'; // an interrupted run is shown as paused; the engine refuses where it is not interrupted
  const hasModel = useFacts((f) => f.model !== null);
  const busy = useBusy('stand', 'import', 'remove', 'delete', 'train', 'resume-run');
  const readOnly = useReadOnly();
  const noGpu = useNoGpu();
  const { run, adapter, checkpoints } = entry;
  const readable = run !== null && run.settings !== null;
  const usable = adapter !== null && !adapter.problem;
  const onGpu = hasModel && !noGpu && !busy && readOnly === undefined;
  const free = onGpu && !running;
  return (
    <>
      {readable && (
        <>
          <Menu.Item disabled={!atRest} onClick={() => void open(entry.id)} data-testid="open-run">
            Open its charts and samples
          </Menu.Item>
          <Menu.Item onClick={() => duplicate(entry)} data-testid="duplicate-run">
            Take its settings to Train
          </Menu.Item>
        </>
      )}
      {run?.resumable && (
        <Menu.Item disabled={!onGpu || !atRest || !run.fits} onClick={() => resume(entry.id)} data-testid="resume-run">
          Resume after step {run.steps}
        </Menu.Item>
      )}
      {usable && (
        <Menu.Item disabled={!adapter.fits} onClick={() => compare(standing ? [] : [adapter])} data-testid="compare-kept">
          Compare
        </Menu.Item>
      )}
      {usable && (
        <Menu.Item disabled={!adapter.fits} onClick={() => evaluate(standing ? [STANDING] : [adapter.id])} data-testid="evaluate-kept">
          Evaluate
        </Menu.Item>
      )}
      {usable && (
        <Menu.Item onClick={() => void download(adapter)} data-testid="download-kept">
          Download the adapter, {formatBytes(adapter.bytes)}
        </Menu.Item>
      )}
      <CheckpointItems checkpoints={checkpoints} free={free} />
      <Menu.Divider />
      {(readable || usable) && (
        <Menu.Item disabled={readOnly !== undefined} onClick={rename} data-testid="rename-adapter">
          Rename
        </Menu.Item>
      )}
      <Menu.Item
        disabled={busy || readOnly !== undefined || (running && standing)}
        onClick={() => void remove(entry)}
        data-testid="delete-adapter"
      >
        Delete
      </Menu.Item>
    </>
  );
}

function CheckpointItems({ checkpoints, free }: { checkpoints: KeptAdapter[]; free: boolean }) {
  if (checkpoints.length === 0) return null;
  const fitting = checkpoints.filter(({ fits }) => fits);
  return (
    <>
      <Menu.Label>Checkpoints</Menu.Label>
      {fitting.length > 0 && (
        <>
          <Menu.Item onClick={() => compare(fitting.toReversed())} data-testid="compare-checkpoints">
            Compare all of them
          </Menu.Item>
          <Menu.Item onClick={() => evaluate(fitting.map(({ id }) => id))} data-testid="evaluate-checkpoints">
            Evaluate all of them
          </Menu.Item>
        </>
      )}
      {checkpoints.map((checkpoint) => (
        <Menu.Item
          key={checkpoint.id}
          disabled={!free || !checkpoint.fits || checkpoint.standing}
          onClick={() => void standAdapter(checkpoint.id)}
          data-testid="stand-checkpoint"
        >
          Use step {checkpoint.trained?.steps ?? 0}
          {checkpoint.best ? ', the best' : ''}
          {checkpoint.standing ? ', on the model' : ''}
        </Menu.Item>
      ))}
    </>
  );
}

async function open(id: string): Promise<void> {
  if (await showRun(id)) goTo('train');
}

function duplicate({ run }: LibraryEntry): void {
  if (!run?.settings) return;
  takeSettings(run.settings);
  goTo('train');
}

function resume(id: string): void {
  goTo('train');
  void resumeKeptRun(id);
}

/** What does not stand gets rows of its own. */
function compare(adapters: readonly KeptAdapter[]): void {
  askBeside(adapters);
  goTo('compare');
}

function evaluate(columns: readonly string[]): void {
  evaluateBeside(columns);
  goTo('evaluate');
}

async function download({ id }: KeptAdapter): Promise<void> {
  const bundle = await exportKeptAdapter(id);
  if (bundle) saveFile(bundle.name, new Blob([bundle.bytes], { type: 'application/zip' }));
}

const UNDO_MS = 12_000;

/** At once, with a way back for a while. */
async function remove({ id, name, run }: LibraryEntry): Promise<void> {
  if (!(await (run ? deleteRun : deleteAdapter)(id))) return;
  const note = `deleted-${id}`;
  let back = false;
  const undo = (): void => {
    back = true;
    notifications.hide(note);
    void (run ? undeleteRun : undeleteAdapter)(id);
  };
  notifications.show({
    id: note,
    autoClose: UNDO_MS,
    withCloseButton: true,
    onClose: () => void (back || purgeRuns()),
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
