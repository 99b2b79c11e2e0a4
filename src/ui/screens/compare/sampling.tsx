/** How the next token is sampled, behind a button that shows the current values. */
import { Button, Popover, Text } from '@mantine/core';
import { setSampling } from '../../../state/compare.ts';
import { DownIcon } from '../../parts/icons.tsx';
import { SamplingInputs, samplingWords } from '../../parts/sampling-inputs.tsx';
import { useCompare } from '../../use.ts';

export function Sampling() {
  const sampling = useCompare((c) => c.sampling);
  return (
    <Popover width={340} position="bottom-start">
      <Popover.Target>
        <Button size="compact-sm" variant="default" fw={400} rightSection={<DownIcon size={12} />} data-testid="sampling">
          Sampling: {samplingWords(sampling)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="94vw">
        <SamplingInputs sampling={sampling} change={setSampling} prefix="sampling" />
        <Text size="xs" c="dimmed" mt="xs">
          Base and adapter use the same seed, so that only the adapter makes the difference.
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}
