/** Everything found wrong with single rows: what, whether the row still trains, and a link to the row. */
import { Anchor, Group, Paper, ScrollArea, Table, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import { mergeProblems } from '../../../lib/problems.ts';
import { selectRow } from '../../../state/data-actions.ts';
import { Marked } from '../../parts/foreign.tsx';
import { useData, useFacts } from '../../use.ts';

const SHOWN = 200;

export function ProblemList() {
  const found = useFacts((f) => f.dataset?.problems);
  const counted = useData((d) => d.statistics?.problems);
  const problems = useMemo(() => mergeProblems(found ?? [], counted), [found, counted]);
  if (problems.length === 0) return null;
  const out = new Set(problems.filter((p) => !p.trains).map((p) => p.row)).size;
  return (
    <Paper className="panel" mt="md" data-testid="problems">
      <Group justify="space-between" px="sm" py={8}>
        <Title order={2} size="h3">
          Problems
        </Title>
        <Text size="xs" c="dimmed" className="numbers">
          {formatPlural(problems.length, 'finding')}, {formatPlural(out, 'row')} left out
        </Text>
      </Group>
      <ScrollArea.Autosize mah={220} type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Problems' }}>
        <Table fz="xs" verticalSpacing={4}>
          <Table.Tbody>
            {problems.slice(0, SHOWN).map((p) => (
              <Table.Tr key={`${p.row} ${p.kind} ${p.message}`}>
                <Table.Td style={{ whiteSpace: 'nowrap', verticalAlign: 'top' }}>
                  <Anchor component="button" type="button" fz="xs" onClick={() => selectRow(p.row)}>
                    Row {formatInteger(p.row)}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <Marked text={p.message} />
                </Table.Td>
                <Table.Td c={p.trains ? 'var(--warn)' : 'var(--bad)'} style={{ whiteSpace: 'nowrap', verticalAlign: 'top' }}>
                  {p.trains ? 'trains' : 'left out'}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {problems.length > SHOWN && (
          <Text size="xs" c="dimmed" p="xs">
            And {formatInteger(problems.length - SHOWN)} more.
          </Text>
        )}
      </ScrollArea.Autosize>
    </Paper>
  );
}
