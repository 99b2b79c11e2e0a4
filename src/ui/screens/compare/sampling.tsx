/** How the next token is sampled, behind a button that shows the current values. */
import { Button, NumberInput, Popover, SimpleGrid, Text } from '@mantine/core';
import type { SamplingSettings } from '../../../protocol/generation.ts';
import { samplingRules } from '../../../protocol/sampling.ts';
import { setSampling } from '../../../state/compare.ts';
import { DownIcon } from '../../parts/icons.tsx';
import { useCompare } from '../../use.ts';

const INPUTS: { key: keyof SamplingSettings; label: string; help: string; step: number; decimal?: boolean }[] = [
  { key: 'temperature', label: 'Temperature', help: '0 is greedy', step: 0.1, decimal: true },
  { key: 'max_new_tokens', label: 'Maximum tokens', help: 'per column', step: 64 },
  { key: 'top_p', label: 'Top p', help: '1 is off', step: 0.05, decimal: true },
  { key: 'top_k', label: 'Top k', help: '0 is off', step: 10 },
  { key: 'min_p', label: 'Min p', help: '0 is off', step: 0.01, decimal: true },
  { key: 'seed', label: 'Seed', help: 'same for all columns', step: 1 },
];

function endsOf(key: keyof SamplingSettings): { min: number; max: number } {
  const { min = 0, max = 0 } = samplingRules[key]; // every number has two ends
  return { min, max };
}

export function Sampling() {
  const sampling = useCompare((c) => c.sampling);
  const summary = sampling.temperature === 0 ? 'greedy' : `temperature ${sampling.temperature}, seed ${sampling.seed}`;
  return (
    <Popover width={340} position="bottom-start">
      <Popover.Target>
        <Button size="compact-sm" variant="default" fw={400} rightSection={<DownIcon size={12} />} data-testid="sampling">
          Sampling: {summary}, {sampling.max_new_tokens} tokens
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="94vw">
        <SimpleGrid cols={2} spacing="sm" verticalSpacing="xs">
          {INPUTS.map(({ key, label, help, step, decimal }) => (
            <NumberInput
              key={key}
              size="xs"
              label={label}
              description={help}
              {...endsOf(key)}
              clampBehavior="none"
              error={samplingRules[key].problems(key, sampling[key])[0]}
              step={step}
              allowDecimal={decimal ?? false}
              value={sampling[key]}
              onChange={(value) => typeof value === 'number' && setSampling({ [key]: value })}
              data-testid={`sampling-${key}`}
            />
          ))}
        </SimpleGrid>
        <Text size="xs" c="dimmed" mt="xs">
          Base and adapter use the same seed, so that only the adapter makes the difference.
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}
