/** How the next token is sampled, behind a button that says how: the same names, rules and words wherever a model answers. */
import { Button, NumberInput, Popover, SimpleGrid, Text } from '@mantine/core';
import type { SamplingSettings } from '../../protocol/generation.ts';
import { samplingRules } from '../../protocol/sampling.ts';
import { DownIcon } from './icons.tsx';

const INPUTS: { key: keyof SamplingSettings; label: string; help: string; step: number; decimal?: boolean }[] = [
  { key: 'temperature', label: 'Temperature', help: '0 is greedy', step: 0.1, decimal: true },
  { key: 'max_new_tokens', label: 'Maximum tokens', help: 'of an answer', step: 64 },
  { key: 'top_p', label: 'Top p', help: '1 is off', step: 0.05, decimal: true },
  { key: 'top_k', label: 'Top k', help: '0 is off', step: 10 },
  { key: 'min_p', label: 'Min p', help: '0 is off', step: 0.01, decimal: true },
  { key: 'seed', label: 'Seed', help: 'same for all columns', step: 1 },
];

function endsOf(key: keyof SamplingSettings): { min: number; max: number } {
  const { min = 0, max = 0 } = samplingRules[key]; // every number has two ends
  return { min, max };
}

interface Props {
  sampling: SamplingSettings;
  change: (values: Partial<SamplingSettings>) => void;
  /** Of the button; before the name in those of the inputs. */
  testId: string;
  seedHelp?: string;
  /** What a draw depends on. */
  note: string;
  mt?: number;
}

export function SamplingButton({ note, mt = 0, ...inputs }: Props) {
  return (
    <Popover width={340} position="bottom-start">
      <Popover.Target>
        <Button mt={mt} size="compact-sm" variant="default" fw={400} rightSection={<DownIcon size={12} />} data-testid={inputs.testId}>
          Sampling: {samplingWords(inputs.sampling)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="94vw">
        <SamplingInputs {...inputs} />
        <Text size="xs" c="dimmed" mt="xs">
          {note}
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}

function SamplingInputs({ sampling, change, testId, seedHelp }: Omit<Props, 'note'>) {
  return (
    <SimpleGrid cols={2} spacing="sm" verticalSpacing="xs">
      {INPUTS.map(({ key, label, help, step, decimal }) => (
        <NumberInput
          key={key}
          size="xs"
          label={label}
          description={(key === 'seed' && seedHelp) || help}
          {...endsOf(key)}
          clampBehavior="none"
          error={samplingRules[key].problems(key, sampling[key])[0]}
          step={step}
          allowDecimal={decimal ?? false}
          value={sampling[key]}
          onChange={(value) => typeof value === 'number' && change({ [key]: value })}
          data-testid={`${testId}-${key}`}
        />
      ))}
    </SimpleGrid>
  );
}

/** "greedy", or what a draw depends on. */
export function samplingWords({ temperature, seed, max_new_tokens }: SamplingSettings): string {
  return `${temperature === 0 ? 'greedy' : `temperature ${temperature}, seed ${seed}`}, ${max_new_tokens} tokens`;
}
