/** A button that adds an ONNX model beside ours, from a folder or the Hub. */
import { Button, Group, Popover, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { loadPeer } from '../../state/compare-actions.ts';
import { useBusy } from '../use.ts';
import { FolderInput } from './folder-input.tsx';

interface Props {
  label: string;
  /** What it is for. */
  words: string;
}

export function PeerLoader({ label, words }: Props) {
  const busy = useBusy('load-peer');
  const [repo, setRepo] = useState('');
  const [open, setOpen] = useState(false);
  return (
    <Popover width={420} position="bottom-start" opened={open} onChange={setOpen}>
      <Popover.Target>
        <Button size="compact-sm" variant="default" fw={400} loading={busy} onClick={() => setOpen(!open)} data-testid="add-peer">
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="94vw">
        <Text size="sm" mb="sm">
          {words}
        </Text>
        <FolderInput
          label="From a folder"
          hint="config.json, tokenizer.json, onnx/model.onnx"
          button="Open folder"
          testId="peer-folder"
          disabled={busy}
          onFolder={(folder) => {
            setOpen(false);
            void loadPeer({ kind: 'folder', name: folder.name, files: folder.files });
          }}
        />
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setOpen(false);
            void loadPeer({ kind: 'hub', repo: repo.trim() });
          }}
        >
          <Group gap="xs" mt="sm" align="flex-end">
            <TextInput
              size="xs"
              label="Or a Hub id"
              placeholder="onnx-community/Qwen3-0.6B-ONNX"
              value={repo}
              onChange={(event) => setRepo(event.currentTarget.value)}
              style={{ flex: 1 }}
              data-testid="peer-repo"
            />
            <Button size="xs" variant="default" type="submit" disabled={busy || !/^[\w.-]+\/[\w.-]+$/.test(repo.trim())}>
              Load
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
