/** How the next token is chosen, behind one button that tells the standing values in a line. */
import { Button, NumberInput, Popover, SimpleGrid, Text } from '@mantine/core';
import type { SamplingSettings } from '../../../protocol/generation.ts';
import { setSampling } from '../../../state/compare.ts';
import { DownIcon } from '../../parts/icons.tsx';
import { useCompare } from '../../use.ts';

const INPUTS: { key: keyof SamplingSettings; label: string; help: string; min: number; max?: number; step: number; decimal?: boolean }[] = [
  { key: 'temperature', label: 'Temperature', help: '0 is greedy', min: 0, max: 2, step: 0.1, decimal: true },
  { key: 'max_new_tokens', label: 'Most tokens', help: 'a column', min: 1, step: 64 },
  { key: 'top_p', label: 'Top p', help: '1 is off', min: 0.01, max: 1, step: 0.05, decimal: true },
  { key: 'top_k', label: 'Top k', help: '0 is off', min: 0, step: 10 },
  { key: 'min_p', label: 'Min p', help: '0 is off', min: 0, max: 1, step: 0.01, decimal: true },
  { key: 'seed', label: 'Seed', help: 'same for all columns', min: 0, step: 1 },
];

export function Sampling() {
  const sampling = useCompare((c) => c.sampling);
  const words = sampling.temperature === 0 ? 'greedy' : `temperature ${sampling.temperature}, seed ${sampling.seed}`;
  return (
    <Popover width={340} position="bottom-start">
      <Popover.Target>
        <Button size="compact-sm" variant="default" fw={400} rightSection={<DownIcon size={12} />} data-testid="sampling">
          Sampling: {words}, {sampling.max_new_tokens} tokens
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="94vw">
        <SimpleGrid cols={2} spacing="sm" verticalSpacing="xs">
          {INPUTS.map(({ key, label, help, min, max, step, decimal }) => (
            <NumberInput
              key={key}
              size="xs"
              label={label}
              description={help}
              min={min}
              max={max}
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
