/** The user says which column is which, where they were not recognised or others are meant, beside the first row. Only the question and the answer are needed. */
import { Button, Grid, Group, Paper, Select, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { formatInteger } from '../../../lib/format.ts';
import { jsonText } from '../../../lib/json-text.ts';
import type { ColumnMapping, DatasetSummary } from '../../../protocol/dataset.ts';
import { mapColumns } from '../../../state/data-actions.ts';
import { Foreign, foreign, Marked } from '../../parts/foreign.tsx';
import { useBusy } from '../../use.ts';

const FIELDS: { key: keyof ColumnMapping; label: string; guess: RegExp; needed?: boolean }[] = [
  { key: 'user', label: 'Question', guess: /question|instruction|prompt|user|input|problem/i, needed: true },
  { key: 'thinking', label: 'Reasoning', guess: /^(?!.*lang).*(?:analysis|reason|think|thought|cot|steps|rationale)/i },
  { key: 'content', label: 'Answer', guess: /^(?!.*lang).*(?:final|answer|output|response|reply|completion|solution)/i, needed: true },
  { key: 'reasoning_language', label: 'Reasoning language', guess: /^(?!.*(?:answer|final|response)).*lang/i },
  { key: 'answer_language', label: 'Answer language', guess: /(?:answer|final|response).*lang/i },
  { key: 'developer', label: 'Instructions', guess: /developer|system/i },
  { key: 'problem_english', label: 'Question in English', guess: /(?:question|problem).*(?:_en|_eng|english)$/i },
  { key: 'solution_english', label: 'Solution in English', guess: /solution.*(?:_en|_eng|english)$/i },
  { key: 'privileged_context', label: 'For a teacher alone', guess: /privileged|hint/i },
];

/** Columns listed at once; the others are found by typing their names. */
const SHOWN = 100;

export function ColumnMappingForm({ dataset }: { dataset: DatasetSummary }) {
  const busy = useBusy('read-dataset');
  const [mapping, setMapping] = useState<Partial<ColumnMapping>>(() => guesses(dataset.columns));
  const ready = Boolean(mapping.user && mapping.content);
  return (
    <Paper className="panel" p="md" mt="md" data-testid="column-mapping">
      <Title order={2}>Which column is which?</Title>
      <Text size="sm" c="dimmed" mt={2} mb="md">
        {dataset.schema === 'unknown'
          ? 'The columns of this file were not recognised.'
          : 'These take the place of the columns that were read.'}{' '}
        The question and the answer are needed; without reasoning there is nothing to learn to think with. The last three are what a teacher
        sees in distillation.
      </Text>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          {FIELDS.map(({ key, label, needed }) => (
            <Select
              key={key}
              size="sm"
              mb="xs"
              label={label}
              required={needed}
              clearable={!needed}
              placeholder={needed ? 'Choose a column' : 'None'}
              data={dataset.columns}
              searchable={dataset.columns.length > SHOWN}
              limit={SHOWN}
              value={mapping[key] ?? null}
              onChange={(value) => setMapping({ ...mapping, [key]: value ?? undefined })}
              data-testid={`map-${key}`}
            />
          ))}
          <Group mt="md">
            <Button
              disabled={!ready || busy}
              loading={busy}
              onClick={() => void mapColumns(mapping as ColumnMapping)}
              data-testid="map-apply"
            >
              Read with these columns
            </Button>
          </Group>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          {dataset.example && (
            <Text size="sm" fw={600} mb="xs">
              The first row
            </Text>
          )}
          <Table fz="sm" verticalSpacing={4} withRowBorders>
            <Table.Tbody>
              {Object.entries(dataset.example ?? {})
                .slice(0, SHOWN)
                .map(([column, value]) => (
                  <Table.Tr key={column}>
                    <Table.Td ff="monospace" style={{ verticalAlign: 'top', whiteSpace: 'nowrap' }}>
                      <Foreign text={column} />
                    </Table.Td>
                    <Table.Td {...foreign(preview(value))} style={{ overflowWrap: 'anywhere' }}>
                      <Marked text={preview(value)} />
                    </Table.Td>
                  </Table.Tr>
                ))}
            </Table.Tbody>
          </Table>
          {dataset.columns.length > SHOWN && (
            <Text size="xs" c="dimmed" mt="xs">
              And {formatInteger(dataset.columns.length - SHOWN)} more columns.
            </Text>
          )}
        </Grid.Col>
      </Grid>
    </Paper>
  );
}

function guesses(columns: string[]): Partial<ColumnMapping> {
  const taken = new Set<string>();
  const mapping: Partial<ColumnMapping> = {};
  for (const { key, guess } of FIELDS) {
    const column = columns.find((c) => guess.test(c) && !taken.has(c));
    if (!column) continue;
    taken.add(column);
    mapping[key] = column;
  }
  return mapping;
}

function preview(value: unknown): string {
  const text = typeof value === 'string' ? value : jsonText(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
