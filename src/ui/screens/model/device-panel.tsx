/** What the GPU offers: its name, the optional features the engine uses, and the limits that matter. */
import { Badge, Group, Paper, Skeleton, Text, Title } from '@mantine/core';
import { formatBytes, formatInteger } from '../../../lib/format.ts';
import type { DeviceSummary } from '../../../protocol/model.ts';
import { FactsList } from '../../parts/facts-list.tsx';
import { deviceName } from '../../parts/labels.ts';
import { useFacts } from '../../use.ts';

const LIMITS: readonly [string, string, (n: number) => string][] = [
  ['Largest buffer', 'maxBufferSize', formatBytes],
  ['Largest binding', 'maxStorageBufferBindingSize', formatBytes],
  ['Bindings per stage', 'maxStorageBuffersPerShaderStage', formatInteger],
  ['Workgroup memory', 'maxComputeWorkgroupStorageSize', formatBytes],
  ['Threads per workgroup', 'maxComputeInvocationsPerWorkgroup', formatInteger],
  ['Workgroups', 'maxComputeWorkgroupsPerDimension', formatInteger],
];

export function DevicePanel() {
  const device = useFacts((f) => f.device);
  const started = useFacts((f) => f.started);
  if (!started) return <Skeleton h={180} radius="md" role="img" aria-label="Looking for a GPU" />;
  if (!device) return null;
  return (
    <Paper className="panel" p="md" data-testid="device">
      <Title order={2}>{deviceName(device)}</Title>
      <Text size="sm" c="dimmed" mt={2}>
        {device.software
          ? 'A software adapter: results are correct, but it runs on the CPU and is slow.'
          : [device.vendor, device.architecture].filter(Boolean).join(', ') || 'The browser reports neither vendor nor architecture.'}
      </Text>
      <Group gap={6} my="sm">
        {['shader-f16', 'subgroups', 'timestamp-query'].map((feature) => (
          <Feature key={feature} name={feature} offered={device.features.includes(feature)} />
        ))}
      </Group>
      <FactsList items={limits(device)} />
    </Paper>
  );
}

function Feature({ name, offered }: { name: string; offered: boolean }) {
  return (
    <Badge variant={offered ? 'light' : 'outline'} color="gray" c={offered ? 'var(--mantine-color-text)' : 'dimmed'} tt="none" fw={500}>
      {offered ? name : `no ${name}`}
    </Badge>
  );
}

function limits(device: DeviceSummary): [string, string][] {
  return LIMITS.flatMap(([label, key, format]) => {
    const value = device.limits[key];
    return value === undefined ? [] : [[label, format(value)] as [string, string]];
  });
}
