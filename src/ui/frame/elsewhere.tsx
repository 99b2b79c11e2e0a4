/** A run is under way in another tab: said once, above every place, for as long as this tab only reads. */
import { Alert, Text } from '@mantine/core';
import { useReadOnly } from '../use.ts';

export function Elsewhere() {
  const sentence = useReadOnly();
  if (!sentence) return null;
  return (
    <Alert role="status" variant="outline" color="gray" bg="var(--panel)" title="Under way in another tab" mb="md" data-testid="elsewhere">
      <Text size="sm" className="reading">
        {sentence} Looking at data and asking work; runs, adapters, models and datasets cannot be changed here meanwhile.
      </Text>
    </Alert>
  );
}
