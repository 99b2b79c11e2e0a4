/** Bring an adapter in: the zip this page makes, or a PEFT folder. It must fit the model that is loaded; if not, the error lists why. */
import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useRef } from 'react';
import { withVisible } from '../../../lib/invisible.ts';
import { isRunning } from '../../../state/facts.ts';
import { importAdapter } from '../../../state/train-actions.ts';
import { FolderInput } from '../../parts/folder-input.tsx';
import { useBusy, useFacts, useNoGpu, useReadOnly } from '../../use.ts';

export function ImportPanel() {
  const model = useFacts((f) => f.model);
  const running = isRunning(useFacts((f) => f.run?.phase));
  const busy = useBusy('import');
  const readOnly = useReadOnly();
  const noGpu = useNoGpu();
  const obstacle = noGpu ?? readOnly;
  const disabled = busy || running || !model || obstacle !== undefined;
  return (
    <Paper className="panel" p="lg" data-testid="import">
      <Title order={2}>Import an adapter</Title>
      <Text size="sm" c="dimmed" mt={2} mb="md">
        {obstacle ??
          (model
            ? `For ${withVisible(model.name)}, as a zip made here or a PEFT folder. The adapter on the model is kept.`
            : 'Load its base model first.')}
      </Text>
      <Stack gap="sm">
        <ZipInput disabled={disabled} busy={busy} />
        <FolderInput
          label="A PEFT folder"
          hint="adapter_config.json and adapter_model.safetensors"
          button="Open folder"
          testId="adapter-folder"
          disabled={disabled}
          onFolder={(folder) => void importAdapter({ kind: 'folder', name: folder.name, files: folder.files })}
        />
      </Stack>
    </Paper>
  );
}

function ZipInput({ disabled, busy }: { disabled: boolean; busy: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const take = (file: File | undefined) => {
    if (file) void importAdapter({ kind: 'zip', name: file.name, file });
  };
  return (
    <Dropzone
      onDrop={(files) => take(files[0])}
      activateOnClick={false}
      preventDropOnDocument={false}
      enablePointerEvents
      multiple={false}
      disabled={disabled}
      loading={busy}
      p="md"
      radius="md"
      aria-label="Drop an adapter zip here"
      data-testid="adapter-zip-drop"
      tabIndex={-1}
      inputProps={{ 'aria-hidden': true, tabIndex: -1 }}
    >
      <Group justify="space-between" gap="md">
        <div>
          <Text size="sm" fw={600}>
            A zip
          </Text>
          <Text size="sm" c="dimmed">
            As downloaded from this page. Drop it here.
          </Text>
        </div>
        <Button variant="default" size="xs" disabled={disabled} onClick={() => input.current?.click()}>
          Choose a zip
        </Button>
      </Group>
      <input
        ref={input}
        type="file"
        hidden
        accept=".zip"
        aria-label="Choose an adapter zip"
        data-testid="adapter-zip"
        onChange={(event) => {
          take(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
    </Dropzone>
  );
}
