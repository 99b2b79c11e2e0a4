/** The current adapter: a summary, its sizes, download and removal. Without one: what to do. */
import { Anchor, Button, Group, Paper, Popover, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { formatBytes, formatInteger } from '../../../lib/format.ts';
import { withVisible } from '../../../lib/invisible.ts';
import type { AdapterSummary } from '../../../protocol/model.ts';
import { isRunning } from '../../../state/facts.ts';
import { exportAdapter, removeAdapter } from '../../../state/train-actions.ts';
import { FactsList } from '../../parts/facts-list.tsx';
import { Foreign, Marked } from '../../parts/foreign.tsx';
import { DownloadIcon } from '../../parts/icons.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { goTo, hashOf } from '../../router.ts';
import { useBusy, useFacts, useNoGpu, useReadOnly } from '../../use.ts';
import { adapterSentence } from './summary.ts';

export function AdapterPanel() {
  const adapter = useFacts((f) => f.adapter);
  const run = useFacts((f) => f.run);
  const running = isRunning(run?.phase);
  const readOnly = useReadOnly();
  const noGpu = useNoGpu();
  if (!adapter) {
    return (
      <Paper className="panel" p="lg" data-testid="no-adapter">
        <Title order={2}>No adapter yet</Title>
        <Text size="sm" mt={4} mb="md" className="reading">
          {noGpu ??
            (running
              ? 'The run is under way; its adapter can be downloaded when it ends or is stopped.'
              : 'Train an adapter, or import one on this page. It is exported in PEFT format.')}
        </Text>
        {noGpu ? (
          <Button onClick={() => goTo('model')}>Go to Model</Button>
        ) : (
          <Button onClick={() => goTo('train')}>{running ? 'Watch the run' : 'Go to Train'}</Button>
        )}
      </Paper>
    );
  }
  return (
    <Paper className="panel" p="lg" data-testid="adapter">
      <Title order={2} data-testid="adapter-sentence">
        <Marked text={adapterSentence(adapter, run)} />
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        <Foreign text={adapter.name} />
      </Text>
      <FactsList items={sizes(adapter)} />
      <Group mt="lg" gap="sm">
        <Download disabled={running} />
        <Remove disabled={running || readOnly !== undefined} title={readOnly} />
        <Anchor size="sm" href={hashOf('compare')}>
          Compare before and after
        </Anchor>
      </Group>
    </Paper>
  );
}

function sizes(adapter: AdapterSummary): [string, string][] {
  return [
    ['Rank, alpha', `${adapter.r}, ${adapter.lora_alpha}`],
    ['Parameters', formatInteger(adapter.parameters)],
    ['Size', formatBytes(adapter.bytes)],
    ['Modules', adapter.target_modules.join(', ') || 'none'],
    ['Expert weights', adapter.target_parameters.length > 0 ? `${adapter.target_parameters.length} tensors` : 'none'],
    ['Origin', adapter.origin === 'trained' ? 'trained here' : 'imported'],
  ];
}

function Download({ disabled }: { disabled: boolean }) {
  const busy = useBusy('export');
  const download = async () => {
    const bundle = await exportAdapter();
    if (!bundle) return;
    saveFile(bundle.name, new Blob([bundle.bytes], { type: 'application/zip' }));
    notifications.show({
      message: `${withVisible(bundle.name)} was passed to the browser’s downloads, ${formatBytes(bundle.bytes.byteLength)}.`,
      withCloseButton: true,
    });
  };
  return (
    <Button
      leftSection={<DownloadIcon />}
      loading={busy}
      disabled={disabled}
      onClick={() => void download()}
      data-testid="download-adapter"
    >
      Download the adapter, zip
    </Button>
  );
}

function Remove({ disabled, title }: { disabled: boolean; title: string | undefined }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom">
      <Popover.Target>
        <Button variant="default" disabled={disabled} title={title} onClick={() => setOpen(!open)} data-testid="remove-adapter">
          Take it off
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw={280}>
        <Text size="sm">The model is then without an adapter. This one stays among those that are kept, and can be used again.</Text>
        <Button
          size="xs"
          mt="sm"
          onClick={() => {
            setOpen(false);
            void removeAdapter();
          }}
          data-testid="remove-adapter-yes"
        >
          Take it off the model
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
