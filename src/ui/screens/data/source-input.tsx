/** The ways to open a dataset: drop or pick a file, give a URL, take the bundled one, or one of the Hub. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useRef, useState } from 'react';
import { readDataset } from '../../../state/data-actions.ts';
import { useBusy, useReadOnly } from '../../use.ts';
import { HubDataset } from './hub-dataset.tsx';

export function SourceInput({ onDone }: { onDone?: () => void }) {
  const readOnly = useReadOnly();
  const reading = useBusy('read-dataset');
  const busy = reading || readOnly !== undefined;
  const [url, setUrl] = useState('');
  const picker = useRef<HTMLInputElement>(null);
  const openFile = (file: File | undefined) => {
    if (!file) return;
    void readDataset({ kind: 'file', file, name: file.name });
    onDone?.();
  };
  const openUrl = () => {
    void readDataset({ kind: 'url', url: url.trim() });
    onDone?.();
  };
  return (
    <Stack gap="sm">
      <Dropzone
        onDrop={(files) => openFile(files[0])}
        activateOnClick={false}
        preventDropOnDocument={false}
        enablePointerEvents
        multiple={false}
        disabled={busy}
        p="md"
        radius="md"
        aria-label="Drop a dataset here"
        data-testid="dataset-drop"
        tabIndex={-1}
        inputProps={{ 'aria-hidden': true, tabIndex: -1 }}
      >
        <Group justify="space-between" gap="sm">
          <Text size="sm">Drop a file here: .jsonl, .json, .csv, .tsv or .parquet</Text>
          <Button size="xs" variant="default" disabled={busy} onClick={() => picker.current?.click()}>
            Choose a file
          </Button>
        </Group>
        <input
          ref={picker}
          type="file"
          hidden
          accept=".jsonl,.ndjson,.json,.csv,.tsv,.parquet"
          aria-label="Choose a dataset file"
          data-testid="dataset-file"
          onChange={(event) => {
            openFile(event.currentTarget.files?.[0]);
            event.currentTarget.value = '';
          }}
        />
      </Dropzone>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (url.trim()) openUrl();
        }}
      >
        <Group gap="xs" align="flex-end">
          <TextInput
            size="xs"
            label="Or a URL"
            placeholder="https://"
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            style={{ flex: 1 }}
            miw={180}
            data-testid="dataset-url"
          />
          <Button size="xs" variant="default" type="submit" disabled={busy || url.trim() === ''}>
            Open
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={busy}
            onClick={() => {
              void readDataset({ kind: 'bundled' });
              onDone?.();
            }}
            data-testid="dataset-bundled"
          >
            Use the bundled dataset
          </Button>
        </Group>
      </form>
      <HubDataset disabled={busy} onDone={onDone} />
    </Stack>
  );
}
