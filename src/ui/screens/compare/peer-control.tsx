/** A second model beside ours: any ONNX causal language model that transformers.js runs, from a folder or the Hub. */
import { Button, Checkbox, Group, Popover, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { withVisible } from '../../../lib/invisible.ts';
import { compareStore } from '../../../state/compare.ts';
import { loadPeer, removePeer } from '../../../state/compare-actions.ts';
import { FolderInput } from '../../parts/folder-input.tsx';
import { useBusy, useCompare, useFacts } from '../../use.ts';

export function PeerControl() {
  const peer = useFacts((f) => f.peer);
  const on = useCompare((c) => c.usePeer);
  if (peer) {
    return (
      <Group gap="xs">
        <Checkbox
          size="xs"
          label={`And ${withVisible(peer)}`}
          checked={on}
          onChange={(event) => compareStore.setState({ usePeer: event.currentTarget.checked })}
          data-testid="use-peer"
        />
        <Button size="compact-xs" variant="default" onClick={() => void removePeer()}>
          Remove
        </Button>
      </Group>
    );
  }
  return <PeerLoader />;
}

function PeerLoader() {
  const busy = useBusy('load-peer');
  const [repo, setRepo] = useState('');
  const [open, setOpen] = useState(false);
  return (
    <Popover width={420} position="bottom-start" opened={open} onChange={setOpen}>
      <Popover.Target>
        <Button size="compact-sm" variant="default" fw={400} loading={busy} onClick={() => setOpen(!open)} data-testid="add-peer">
          Add a peer model
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="94vw">
        <Text size="sm" mb="sm">
          Any ONNX language model that transformers.js runs can answer the same question beside ours.
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
