/** How the model learns: by one of the methods of a run, or by a plan of stages. */
import { SegmentedControl, Text, useMatches } from '@mantine/core';
import { setMethod } from '../../../state/settings.ts';
import { stagesStore } from '../../../state/stages.ts';
import { useFacts, useSettings, useStages } from '../../use.ts';

const PLAN = 'plan';

const METHODS = [
  { value: 'sft', label: 'Learn from rows' },
  { value: 'grpo', label: 'Learn from rewards (GRPO)' },
  { value: 'distillation', label: 'Learn from itself (distillation)' },
  { value: PLAN, label: 'A plan of stages' },
];

const METHOD_WORDS: Readonly<Record<string, string>> = {
  sft: 'The model learns to answer as the rows of the dataset do.',
  grpo: 'The model answers the questions of the dataset itself. Rewards judge its answers, and it learns from the better ones of each group.',
  distillation:
    'The model answers a problem in one language, and learns to write what it would write itself if it were shown the English solution too.',
  [PLAN]: 'Several runs in an order, each with what earlier ones hand on: an adapter, and answers that were judged and kept.',
};

export function MethodChoice() {
  const model = useFacts((f) => f.model);
  const standing = useFacts((f) => f.adapter !== null);
  const { method = 'sft' } = useSettings((s) => s.settings);
  const shown = useStages((s) => s.chosen) ? PLAN : method;
  const orientation = useMatches({ base: 'vertical', sm: 'vertical', md: 'horizontal' } as const);
  const choose = (next: string): void => {
    stagesStore.setState({ chosen: next === PLAN });
    if (next !== PLAN) setMethod(next, model, standing);
  };
  return (
    <>
      <SegmentedControl
        size="xs"
        orientation={orientation}
        aria-label="How the model learns"
        value={shown}
        onChange={choose}
        data={METHODS}
        data-testid="method"
      />
      <Text size="xs" c="dimmed" className="reading" mt={4} mb="sm">
        {METHOD_WORDS[shown]}
      </Text>
    </>
  );
}
