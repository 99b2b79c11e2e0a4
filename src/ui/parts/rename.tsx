/** Another name for what is kept, in place of the one it has. */
import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';

interface RenameProps {
  name: string;
  /** Resolves to whether it has the name now. */
  rename: (name: string) => Promise<boolean>;
  close: () => void;
}

export function Rename({ name: before, rename, close }: RenameProps) {
  const [name, setName] = useState(before);
  const submit = async (): Promise<void> => {
    if (name.trim() === before || (await rename(name))) close();
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
