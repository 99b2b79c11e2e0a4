/** What was deleted, said at once, with a way back for a while. */
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

const UNDO_MS = 12_000;

interface Offer {
  id: string;
  name: string;
  undo: () => Promise<void>;
  testId: string;
}

export function offerUndo({ id, name, undo, testId }: Offer): void {
  const note = `deleted-${id}`;
  notifications.show({
    id: note,
    autoClose: UNDO_MS,
    withCloseButton: true,
    message: (
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <bdi>{name}</bdi> was deleted.
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(note);
            void undo();
          }}
          data-testid={testId}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}
