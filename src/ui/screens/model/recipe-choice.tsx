/** Where the tried settings of a model that is not loaded start from, and what happens to them when it is opened. */
import { Group, SegmentedControl, Text } from '@mantine/core';
import { recipeOf } from '../../../state/family-recipes.ts';
import { planningStore } from '../../../state/planning.ts';
import { RecipeWords } from '../../parts/recipe-words.tsx';
import { usePlanning, useSettings } from '../../use.ts';

export function RecipeChoice({ family }: { family: string }) {
  const recipe = usePlanning((p) => p.recipe);
  const own = useSettings((s) => s.touched || s.preset !== 'recommended');
  const published = own ? undefined : recipeOf(family);
  const changed = usePlanning((p) => p.recipe !== null || Object.keys(p.tried).length > 0);
  return (
    <>
      <Group gap="xs" justify="space-between" mt="sm">
        <SegmentedControl
          size="xs"
          aria-label="Settings to plan with"
          value={recipe ?? 'current'}
          onChange={(value) => planningStore.setState({ recipe: value === 'cookbook' ? 'cookbook' : null, tried: {} })}
          data={[
            { value: 'current', label: published ? 'Recommended' : 'Current settings' },
            { value: 'cookbook', label: 'Cookbook recipe' },
          ]}
          data-testid="plan-recipe"
        />
        <Text size="xs" c="dimmed">
          {changed ? 'These become the training settings when the model opens.' : 'Move a slider to try other settings.'}
        </Text>
      </Group>
      {published && recipe === null && (
        <Text size="xs" c="dimmed" mt={4} data-testid="plan-source">
          <RecipeWords recipe={published} />
        </Text>
      )}
    </>
  );
}
