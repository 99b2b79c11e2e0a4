/** Where the tried settings of a model that is not loaded start from, and what happens to them when it is opened. */
import { Group, SegmentedControl, Text } from '@mantine/core';
import { planningStore } from '../../../state/planning.ts';
import { usePlanning } from '../../use.ts';

export function RecipeChoice() {
  const recipe = usePlanning((p) => p.recipe);
  const changed = usePlanning((p) => p.recipe !== null || Object.keys(p.tried).length > 0);
  return (
    <Group gap="xs" justify="space-between" mt="sm">
      <SegmentedControl
        size="xs"
        aria-label="Settings to plan with"
        value={recipe ?? 'current'}
        onChange={(value) => planningStore.setState({ recipe: value === 'cookbook' ? 'cookbook' : null, tried: {} })}
        data={[
          { value: 'current', label: 'Current settings' },
          { value: 'cookbook', label: 'Cookbook recipe' },
        ]}
        data-testid="plan-recipe"
      />
      <Text size="xs" c="dimmed">
        {changed ? 'These become the training settings when the model opens.' : 'Move a slider to try other settings.'}
      </Text>
    </Group>
  );
}
