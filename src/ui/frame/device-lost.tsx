/** The GPU went away: what happened, what is safe, and the one next step. */
import { Alert, Button, Text } from '@mantine/core';
import { WarnIcon } from '../parts/icons.tsx';
import { useFacts } from '../use.ts';

export function DeviceLost() {
  const lost = useFacts((f) => f.lost);
  if (!lost) return null;
  return (
    <Alert
      role="alert"
      variant="outline"
      color="red"
      bg="var(--panel)"
      icon={<WarnIcon />}
      title="The GPU was lost"
      mb="md"
      data-testid="device-lost"
    >
      <Text size="sm" className="reading">
        {lost} Your dataset, settings, answers and the adapter kept last are safe on this machine.
      </Text>
      <Button size="xs" mt="xs" onClick={() => location.reload()}>
        Reload the page and the model
      </Button>
    </Alert>
  );
}
