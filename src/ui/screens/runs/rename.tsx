/** Another name for an entry of the library, in place of the one it has. */
import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { renameAdapter } from '../../../state/adapter-actions.ts';
import type { LibraryEntry } from '../../../state/library.ts';
import { renameRun } from '../../../state/run-actions.ts';

export function Rename({ entry, close }: { entry: LibraryEntry; close: () => void }) {
  const [name, setName] = useState(entry.name);
  const rename = entry.run ? renameRun : renameAdapter;
  const submit = async (): Promise<void> => {
    if (name.trim() === entry.name || (await rename(entry.id, name))) close();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Group gap={6} mb={2} wrap="nowrap">
        <TextInput
          size="xs"
          aria-label="New name"
          dir="auto"
          value={name}
          maxLength={120}
          autoFocus
          style={{ flex: 1, minWidth: 110 }}
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') close();
          }}
          data-testid="new-name"
        />
        <Button size="xs" variant="default" type="submit" disabled={name.trim() === ''}>
          Rename
        </Button>
        <Button size="xs" variant="default" onClick={close}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
