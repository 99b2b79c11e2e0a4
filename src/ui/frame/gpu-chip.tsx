/** The GPU at a glance: its name and health; opened, what is planned and allocated, and the way to the self-test. */
import { Anchor, Button, Group, Popover, Text } from '@mantine/core';
import { formatBytes } from '../../lib/format.ts';
import { deviceName } from '../parts/labels.ts';
import { hashOf } from '../router.ts';
import { useFacts, useReadiness } from '../use.ts';
import classes from './frame.module.css';

export function GpuChip() {
  const device = useFacts((f) => f.device);
  const started = useFacts((f) => f.started);
  const lost = useFacts((f) => f.lost);
  const memory = useFacts((f) => f.memory);
  const ready = useReadiness((r) => (r.readiness && r.readiness.steps > 0 ? r.readiness.memory.peak : null));
  const peak = memory && memory.planned > 0 ? memory.planned : ready;
  const failed = useFacts((f) => Object.values(f.selfTest).filter((t) => !t.passed).length);
  const bad = started && (!device || lost !== null || failed > 0);
  const health = !started
    ? 'looking for a GPU'
    : lost
      ? 'lost'
      : !device
        ? 'none'
        : failed > 0
          ? `${failed} kernels failed the self-test`
          : 'working';
  const color = bad ? 'var(--bad)' : device ? 'var(--good)' : 'var(--mantine-color-dimmed)';
  return (
    <Popover width={300} position="bottom-end">
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          size="compact-sm"
          fw={400}
          maw={{ base: 130, sm: 220 }}
          data-testid="gpu-chip"
          aria-label={`GPU: ${device ? deviceName(device) : health}, ${health}`}
          leftSection={<span style={{ width: 8, height: 8, borderRadius: '50%', background: color }} aria-hidden="true" />}
        >
          <Text component="span" inherit truncate lh={1.5}>
            {device ? deviceName(device) : started ? 'No GPU' : 'GPU'}
          </Text>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" fw={600}>
          {device ? deviceName(device) : 'No GPU'}
        </Text>
        <Text size="sm" c="dimmed">
          {device?.software ? 'Software adapter: correct, but slow. ' : ''}Health: {health}.
        </Text>
        {memory && (
          <dl className={`${classes.memory} numbers`} data-testid="gpu-memory">
            <dt>Memory now</dt>
            <dd>{formatBytes(memory.allocated)}</dd>
            {peak !== null && (
              <>
                <dt>{memory.planned > 0 ? 'Planned peak of the run' : 'Planned peak of training'}</dt>
                <dd>{formatBytes(peak)}</dd>
              </>
            )}
          </dl>
        )}
        <Group mt="xs">
          <Anchor size="sm" href={hashOf('model')}>
            Limits and self-test
          </Anchor>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
