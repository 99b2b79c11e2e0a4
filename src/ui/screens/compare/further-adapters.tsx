/** Kept adapters of the open model, chosen to answer in rows of their own; and which of the chosen are left out, with the reason. */
import { Button, Checkbox, CloseButton, Group, Popover, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatDay, formatLoss, formatPlural } from '../../../lib/format.ts';
import { withVisible } from '../../../lib/invisible.ts';
import type { KeptAdapter } from '../../../protocol/model.ts';
import { compareStore } from '../../../state/compare.ts';
import { type ChosenAdapter, leftOut, offered } from '../../../state/compare-rows.ts';
import { Foreign, Marked } from '../../parts/foreign.tsx';
import { DownIcon } from '../../parts/icons.tsx';
import { useCompare, useFacts } from '../../use.ts';
import classes from './compare.module.css';

/** With more, the list can be filtered. */
const FEW = 8;

function choose({ id, name }: ChosenAdapter, on: boolean): void {
  compareStore.setState(({ further }) => {
    const others = further.filter((chosen) => chosen.id !== id);
    return { further: on ? [...others, { id, name }] : others };
  });
}

export function FurtherAdapters() {
  const kept = useFacts((f) => f.kept);
  const further = useCompare((c) => c.further);
  const [words, setWords] = useState('');
  const all = offered(kept);
  if (all.length === 0) return null;
  const isChosen = ({ id }: KeptAdapter): boolean => further.some((chosen) => chosen.id === id);
  const count = all.filter(isChosen).length;
  const shown = all.filter(({ name }) => name.toLowerCase().includes(words.trim().toLowerCase()));
  return (
    <Popover width={380} position="bottom-start" trapFocus>
      <Popover.Target>
        <Button size="compact-sm" variant="default" fw={400} rightSection={<DownIcon size={12} />} data-testid="further-adapters">
          {count === 0 ? 'Further adapters' : formatPlural(count, 'further adapter')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="94vw">
        <Text size="sm" mb="xs">
          Each answers in a row of its own, with the same seed.
        </Text>
        {all.length > FEW && (
          <TextInput
            size="xs"
            mb="xs"
            aria-label="Filter by name"
            placeholder="Filter by name"
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
        )}
        <Stack gap="xs" className={classes.further}>
          {shown.map((adapter) => (
            <Checkbox
              key={adapter.id}
              size="xs"
              label={<Foreign text={adapter.name} />}
              description={madeFrom(adapter)}
              checked={isChosen(adapter)}
              onChange={(event) => choose(adapter, event.currentTarget.checked)}
              data-testid="further-adapter"
            />
          ))}
          {shown.length === 0 && (
            <Text size="sm" c="dimmed">
              No name has these words.
            </Text>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** "20 steps on mini.jsonl, loss 2.90 to 0.71 · today". */
function madeFrom({ trained, origin, kept }: KeptAdapter): string {
  const loss = trained?.loss ? `, loss ${formatLoss(trained.loss[0])} to ${formatLoss(trained.loss[1])}` : '';
  const made = trained ? `${formatPlural(trained.steps, 'step')} on ${trained.dataset}${loss}` : origin === 'imported' ? 'imported' : '';
  return [made, kept && formatDay(kept)].filter(Boolean).join(' · ');
}

export function LeftOutAdapters() {
  const kept = useFacts((f) => f.kept);
  const model = useFacts((f) => f.model !== null);
  const further = useCompare((c) => c.further);
  if (!model) return null;
  return leftOut(further, kept).map((one) => (
    <Group key={one.id} gap={4} mt={6} wrap="nowrap" data-testid="left-out">
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        <Marked text={one.why} />
      </Text>
      <CloseButton size="sm" aria-label={`Do not choose ${withVisible(one.name)} any more`} onClick={() => choose(one, false)} />
    </Group>
  ));
}
