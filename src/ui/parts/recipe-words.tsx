/** Where recommended settings were published: the family, and its sources as links. */
import { Anchor } from '@mantine/core';
import { Fragment } from 'react';
import type { FamilyRecipe } from '../../state/family-recipes.ts';

/** A sentence, and with `whole` also what it was published for. */
export function RecipeWords({ recipe: { name, sources, note }, whole = false }: { recipe: FamilyRecipe; whole?: boolean }) {
  return (
    <>
      Recommended for {name} by{' '}
      {sources.map(({ name: source, url }, index) => (
        <Fragment key={url}>
          {index > 0 && ' and '}
          <Anchor href={url} target="_blank" rel="noreferrer" size="xs" underline="always">
            {source}
          </Anchor>
        </Fragment>
      ))}
      .{whole && ` ${note} What it does not state has the default of TRL and PEFT.`}
    </>
  );
}
