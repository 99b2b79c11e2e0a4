/** One entry of the library: choose it for the chart, what it was, its curve, its result, and what can be done with it. */
import { Badge, Button, Checkbox, Group, Text } from '@mantine/core';
import { memo, useState } from 'react';
import { formatBytes, formatDay } from '../../../lib/format.ts';
import { withVisible } from '../../../lib/invisible.ts';
import type { KeptRun } from '../../../protocol/kept-runs.ts';
import { renameAdapter, standAdapter } from '../../../state/adapter-actions.ts';
import { isRunning } from '../../../state/facts.ts';
import { type LibraryEntry, resultWords } from '../../../state/library.ts';
import { chooseRun, renameRun } from '../../../state/run-actions.ts';
import { Rename } from '../../parts/rename.tsx';
import { Sparkline } from '../../parts/sparkline.tsx';
import { useBusy, useFacts, useLibrary, useNoGpu, useReadOnly } from '../../use.ts';
import { LibraryMenu } from './library-menu.tsx';
import classes from './runs.module.css';
import { entryLine } from './summary.ts';

export const LibraryRow = memo(function LibraryRow({ entry }: { entry: LibraryEntry }) {
  const [renaming, setRenaming] = useState(false);
  const { id, name, run, adapter, result, bytes } = entry;
  const standing = useFacts((f) => f.adapter !== null) && adapter?.standing === true;
  const chosen = useLibrary((l) => l.chosen.includes(id));
  return (
    <div className={classes.row} data-testid="library-row" data-standing={standing} data-id={id}>
      <Checkbox
        size="xs"
        aria-label={`Show the curve of ${withVisible(name)}`}
        title="Show its curve below"
        checked={chosen}
        disabled={!run?.settings || run.steps === 0}
        onChange={(event) => void chooseRun(id, event.currentTarget.checked)}
        data-testid="choose-run"
      />
      <div className={classes.about}>
        {renaming ? (
          <Rename name={name} rename={(text) => (run ? renameRun : renameAdapter)(id, text)} close={() => setRenaming(false)} />
        ) : (
          <Text size="sm" fw={600} className={classes.oneLine} title={withVisible(name)}>
            <bdi>{name}</bdi>
          </Text>
        )}
        <Text size="xs" c="dimmed" className={`${classes.oneLine} numbers`} title={entryLine(entry)}>
          {entryLine(entry)}
        </Text>
        <Problem entry={entry} />
      </div>
      <span className={classes.curve}>
        {run && run.sparkline.length > 1 && (
          <Sparkline values={run.sparkline} label={`${result?.metric ?? 'loss'} of ${withVisible(name)}`} />
        )}
      </span>
      <Text size="xs" className={`${classes.result} numbers`} data-testid="row-result">
        {resultWords(result)}
        <br />
        <Text span c="dimmed" inherit>
          {[bytes > 0 && formatBytes(bytes), entry.when && formatDay(entry.when)].filter(Boolean).join(' · ')}
        </Text>
      </Text>
      <Group gap={6} wrap="nowrap" className={classes.actions}>
        <Stand entry={entry} standing={standing} />
        <LibraryMenu entry={entry} standing={standing} rename={() => setRenaming(true)} />
      </Group>
    </div>
  );
});

function Problem({ entry: { run, adapter } }: { entry: LibraryEntry }) {
  const sentence =
    run?.problem ??
    adapter?.problem ??
    (adapter?.tab_only && 'In this tab only, because the browser’s storage is full: download it before you close the tab.');
  if (sentence)
    return (
      <Text size="xs" className={classes.finding} data-testid="kept-problem">
        {sentence}
      </Text>
    );
  const state = run && stateWords(run);
  return state ? (
    <Text size="xs" className={classes.oneLine} data-testid="run-state" title={run.message}>
      {state}
    </Text>
  ) : null;
}

function stateWords({ phase, steps, resumable }: KeptRun): string {
  if (phase === 'done') return '';
  if (resumable) return `Ended after step ${steps}; it can be resumed.`;
  if (phase === 'stopped') return `Stopped after step ${steps}.`;
  return phase === 'failed' || phase === 'paused' ? `Broke off after step ${steps}.` : 'Under way.';
}

function Stand({ entry: { adapter, name }, standing }: { entry: LibraryEntry; standing: boolean }) {
  const running = isRunning(useFacts((f) => f.run?.phase));
  const model = useFacts((f) => f.model !== null);
  const busy = useBusy('stand', 'import', 'remove', 'delete');
  const readOnly = useReadOnly();
  const noGpu = useNoGpu();
  if (!adapter || adapter.problem) return null;
  if (standing)
    return (
      <Badge variant="outline" color="gray" c="var(--mantine-color-text)" tt="none" fw={500}>
        On the model
      </Badge>
    );
  if (!model || noGpu) return null;
  const obstacle =
    readOnly ??
    (running
      ? 'Wait for the run to end, or stop it.'
      : adapter.fits
        ? undefined
        : `It belongs to ${adapter.model || 'another model'}; open that model first.`);
  return (
    <Button
      size="compact-sm"
      variant="default"
      disabled={obstacle !== undefined || busy}
      title={obstacle}
      aria-label={`Use ${withVisible(name)}`}
      onClick={() => void standAdapter(adapter.id)}
      data-testid="stand-adapter"
    >
      Use it
    </Button>
  );
}
