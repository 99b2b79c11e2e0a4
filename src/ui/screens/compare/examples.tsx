/** Example questions: the model's own held-out ones; a click puts one into the question. */
import { Button, Group } from '@mantine/core';
import { compareStore } from '../../../state/compare.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { useFacts } from '../../use.ts';
import classes from './compare.module.css';

const SHOWN = 6;

export function Examples() {
  const examples = useFacts((f) => f.model?.examples);
  if (!examples || examples.length === 0) return null;
  return (
    <Group gap={6} mt={6} data-testid="examples" className={classes.examples}>
      {examples.slice(0, SHOWN).map((example) => (
        <Button
          key={example}
          size="compact-xs"
          variant="default"
          fw={400}
          maw="100%"
          onClick={() => compareStore.setState({ question: example })}
        >
          <Foreign text={example} />
        </Button>
      ))}
    </Group>
  );
}
