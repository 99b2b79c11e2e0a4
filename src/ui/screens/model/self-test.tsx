/** One click runs every kernel against its float64 twin on this GPU, and lists the error beside the tolerance. */
import { Button, Group, Paper, ScrollArea, Table, Text, Title } from '@mantine/core';
import { formatPlural, formatScientific } from '../../../lib/format.ts';
import type { SelfTestResult } from '../../../protocol/model.ts';
import { isRunning } from '../../../state/facts.ts';
import { selfTest } from '../../../state/model-actions.ts';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { useBusy, useFacts } from '../../use.ts';

export function SelfTest() {
  const results = Object.values(useFacts((f) => f.selfTest));
  const device = useFacts((f) => f.device);
  const running = isRunning(useFacts((f) => f.run?.phase));
  const busy = useBusy('self-test');
  if (!device) return null;
  const failed = results.filter((r) => !r.passed).length;
  return (
    <Paper className="panel" p="md" data-testid="self-test">
      <Group justify="space-between" wrap="nowrap">
        <Title order={2}>Self-test</Title>
        <Button size="xs" variant="default" disabled={busy || running} onClick={() => void selfTest()}>
          Test all kernels
        </Button>
      </Group>
      <Text size="sm" c={failed > 0 ? 'var(--bad)' : 'dimmed'} mt={4} aria-live={busy ? 'off' : 'polite'} data-testid="self-test-verdict">
        {verdict(results, failed, busy, running)}
      </Text>
      <TaskProgress names={['self-test']} />
      {results.length > 0 && <Results results={results} />}
    </Paper>
  );
}

function verdict(results: SelfTestResult[], failed: number, busy: boolean, running: boolean): string {
  if (running) return 'Wait for the run to end; the self-test needs the GPU.';
  if (results.length === 0) return 'Runs every kernel on this GPU and compares it with float64 arithmetic.';
  if (busy) return `${formatPlural(results.length, 'case')} tested so far.`;
  if (failed > 0) return `${failed} of ${formatPlural(results.length, 'case')} wrong on this GPU; do not trust training results here.`;
  return `All ${formatPlural(results.length, 'case')} are correct on this GPU.`;
}

function Results({ results }: { results: SelfTestResult[] }) {
  const sorted = [...results].sort((a, b) => Number(a.passed) - Number(b.passed));
  return (
    <ScrollArea.Autosize
      mah={320}
      mt="sm"
      type="auto"
      viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Results of the self-test' }}
    >
      <Table fz="xs" verticalSpacing={3} className="numbers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Case</Table.Th>
            <Table.Th ta="right">Error</Table.Th>
            <Table.Th ta="right">Allowed</Table.Th>
            <Table.Th>Verdict</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.map((r) => (
            <Table.Tr key={`${r.kernel} ${r.title}`}>
              <Table.Td title={r.message ?? r.kernel}>{r.title}</Table.Td>
              <Table.Td ta="right">{formatScientific(r.error)}</Table.Td>
              <Table.Td ta="right">{formatScientific(r.tolerance)}</Table.Td>
              <Table.Td c={r.passed ? 'var(--good)' : 'var(--bad)'} title={r.message}>
                {r.passed ? 'right' : 'wrong'}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}
