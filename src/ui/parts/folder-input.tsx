/**
 * A folder of the user's machine, by picker or by drop, as the engine takes it: files with their path inside the folder.
 * Every browser shows a folder picker for an <input webkitdirectory>; Chromium's own picker replaces it
 * where the caller needs a handle (`onPick`). A dropped folder arrives through the drop zone's own reader.
 */
import { Button, Group, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { type ReactNode, useRef } from 'react';
import { FolderIcon } from './icons.tsx';
import { folderOf, type PickedFolder } from './picked-folder.ts';

interface Props {
  label: string;
  hint: ReactNode;
  /** Shown on the button. */
  button: string;
  onFolder: (folder: PickedFolder) => void;
  /** Where the browser has a picker of its own that gives a handle: what the button does instead of opening the <input>. */
  onPick?: (() => void) | undefined;
  /** Beside the button. */
  more?: ReactNode;
  busy?: boolean;
  disabled?: boolean;
  testId: string;
}

export function FolderInput({ label, hint, button, onFolder, onPick, more, busy = false, disabled = false, testId }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const take = (files: File[]) => {
    if (files.length > 0) onFolder(folderOf(files));
  };
  return (
    <Dropzone
      onDrop={take}
      activateOnClick={false}
      preventDropOnDocument={false}
      enablePointerEvents
      disabled={disabled}
      loading={busy}
      p="md"
      radius="md"
      h="100%"
      aria-label={label}
      data-testid={`${testId}-drop`}
      inputProps={{ 'aria-hidden': true, tabIndex: -1 }}
      tabIndex={-1}
    >
      <Group justify="space-between" gap="md">
        <div style={{ flex: 1, minWidth: 180 }}>
          <Text size="sm" fw={600}>
            {label}
          </Text>
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        </div>
        <Group gap="xs">
          {more}
          <Button
            variant="default"
            size="xs"
            leftSection={<FolderIcon />}
            disabled={disabled || busy}
            onClick={() => (onPick ? onPick() : input.current?.click())}
          >
            {button}
          </Button>
        </Group>
      </Group>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        aria-label={button}
        data-testid={testId}
        {...{ webkitdirectory: '' }}
        onChange={(event) => {
          take([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </Dropzone>
  );
}
