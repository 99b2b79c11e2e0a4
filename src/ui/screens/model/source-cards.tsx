/** Where a model comes from: the bundled one, the Hub (its form unfolds below), or a folder of this machine in Hugging Face layout. */
import { Badge, Button, Group, SimpleGrid, Text } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { isRunning } from '../../../state/facts.ts';
import { hasFolderPicker, rememberedFolder } from '../../../state/folders.ts';
import { hubStore } from '../../../state/hub.ts';
import { loadBundledModel, loadModelFolder, pickModelFolder, reopenModelFolder } from '../../../state/model-actions.ts';
import { FolderInput } from '../../parts/folder-input.tsx';
import { DownIcon } from '../../parts/icons.tsx';
import { useChosenModel, useFacts, useHub, useLoadingModel, useNoGpu, useReadOnly } from '../../use.ts';

/** Whether another model may be loaded now. */
export function useMayLoad(): boolean {
  const problem = useFacts((f) => f.problem !== null);
  const running = isRunning(useFacts((f) => f.run?.phase));
  const busy = useLoadingModel();
  const elsewhere = useReadOnly() !== undefined;
  return !problem && !running && !busy && !elsewhere;
}

export function SourceCards() {
  const source = useFacts((f) => f.model?.source);
  const mayLoad = useMayLoad();
  const open = useHub((h) => h.open);
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
      <Card title="Bundled model" text="Very small, made for this page. No download.">
        {source === 'bundled' ? (
          <Loaded />
        ) : (
          <Button size="xs" variant="default" disabled={!mayLoad} onClick={() => void loadBundledModel()}>
            Use it
          </Button>
        )}
      </Card>
      <Card title="From the Hub" text="Qwen3, Llama, Gemma, gpt-oss and others. Check first what fits.">
        {source === 'hub' && <Loaded />}
        <Button
          size="xs"
          variant="default"
          aria-expanded={open}
          aria-controls={open ? 'hub-panel' : undefined}
          rightSection={<DownIcon size={12} />}
          onClick={() => hubStore.setState({ open: !open })}
          data-testid="open-hub"
        >
          {open ? 'Close' : 'Choose'}
        </Button>
      </Card>
      <FolderCard mayLoad={mayLoad} />
    </SimpleGrid>
  );
}

function Card({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Group className="panel" p="md" gap="md" justify="space-between">
      <div style={{ flex: 1, minWidth: 180 }}>
        <Text size="sm" fw={600}>
          {title}
        </Text>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
      </div>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}

export function Loaded() {
  const noGpu = useNoGpu() !== undefined;
  return (
    <Badge variant="outline" color="gray" c="var(--mantine-color-text)" tt="none" fw={500} style={{ flex: 'none' }}>
      {noGpu ? 'Its tokenizer only' : 'Loaded'}
    </Badge>
  );
}

/** A folder through a handle can be opened again with a click; one through an <input> only be chosen anew. */
function FolderCard({ mayLoad }: { mayLoad: boolean }) {
  const source = useFacts((f) => f.model?.source);
  const chosen = useChosenModel((c) => (c.kind === 'folder' ? c.name : null));
  const [handle, setHandle] = useState<string | null>(null);
  useEffect(() => {
    if (chosen) void rememberedFolder().then((remembered) => setHandle(remembered?.name ?? null));
  }, [chosen]);
  const again = chosen !== null && source !== 'folder';
  const hint = !again
    ? 'A model in Hugging Face layout, read in place. Drop it here.'
    : handle
      ? `Last time you used ${handle}. The browser asks before it is read again.`
      : `Last time you used ${chosen}; a page may not reopen it by itself. Open or drop it here.`;
  return (
    <FolderInput
      label="A local folder"
      hint={hint}
      button={again && handle ? 'Open another' : 'Open folder'}
      more={
        again && handle ? (
          <Button size="xs" disabled={!mayLoad} onClick={() => void reopenModelFolder()} data-testid="reopen-folder">
            Open {handle} again
          </Button>
        ) : source === 'folder' ? (
          <Loaded />
        ) : null
      }
      testId="model-folder"
      disabled={!mayLoad}
      onFolder={(folder) => void loadModelFolder(folder.name, folder.files)}
      onPick={hasFolderPicker() ? () => void pickModelFolder() : undefined}
    />
  );
}
