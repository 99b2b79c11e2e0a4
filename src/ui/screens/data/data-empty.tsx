/** No dataset: what a dataset is here, and the three ways to get one. While one is being read, a skeleton. */
import { Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useBusy } from '../../use.ts';
import { SourceInput } from './source-input.tsx';

export function DataEmpty() {
  const busy = useBusy('read-dataset');
  if (busy) {
    return (
      <Stack className="panel" p="md" gap="sm" role="img" aria-label="The dataset is being read">
        <Skeleton h={18} w="40%" />
        <Skeleton h={12} w="25%" />
        <Skeleton h={22} w="50%" />
      </Stack>
    );
  }
  return (
    <Paper className="panel" p="lg" data-testid="data-empty">
      <Title order={2}>No dataset is open</Title>
      <Text size="sm" mt={4} mb="md" className="reading">
        A dataset is a file of conversations with the reasoning written out, one a row: JSONL, JSON, CSV, TSV or Parquet. It stays on your
        machine.
      </Text>
      <SourceInput />
    </Paper>
  );
}
