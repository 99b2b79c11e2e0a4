/** Name, the six steps with their state, the GPU chip, the colour scheme and help. */
import { ActionIcon, Group, Popover, Text, Tooltip, useMantineColorScheme } from '@mantine/core';
import type { Place } from '../../state/pending.ts';
import { AutoIcon, CheckIcon, HelpIcon, MoonIcon, SunIcon } from '../parts/icons.tsx';
import { hashOf, PLACES } from '../router.ts';
import classes from './frame.module.css';
import { GpuChip } from './gpu-chip.tsx';
import { type StepState, useStepStates } from './step-states.ts';

export function Header({ place }: { place: Place }) {
  const states = useStepStates();
  return (
    <header className={classes.header}>
      <a className={classes.name} href={hashOf('model')}>
        Mother Tongue
      </a>
      <nav className={classes.steps} aria-label="Steps">
        {PLACES.map(({ place: target, title }, index) => (
          <Step key={target} target={target} title={title} number={index + 1} state={states[target]} current={place === target} />
        ))}
      </nav>
      <Group gap={4} wrap="nowrap">
        <GpuChip />
        <SchemeToggle />
        <Help />
      </Group>
    </header>
  );
}

const STATE_LABELS: Record<StepState, string> = { ready: 'ready', needs: 'needs attention', busy: 'busy', open: '' };

interface StepProps {
  target: Place;
  title: string;
  number: number;
  state: StepState;
  current: boolean;
}

function Step({ target, title, number, state, current }: StepProps) {
  const stateLabel = STATE_LABELS[state];
  return (
    <a
      className={classes.step}
      href={hashOf(target)}
      aria-current={current ? 'page' : undefined}
      aria-label={stateLabel ? `${title}, ${stateLabel}` : title}
      data-testid={`step-${target}`}
      data-state={state}
    >
      <span className={classes.mark} data-state={state} aria-hidden="true">
        {state === 'ready' ? <CheckIcon size={11} /> : <span>{number}</span>}
      </span>
      <span>{title}</span>
    </a>
  );
}

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const SCHEME_ICONS = { auto: AutoIcon, light: SunIcon, dark: MoonIcon };

function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = SCHEME_ICONS[colorScheme];
  const next = NEXT[colorScheme];
  const name = (scheme: string) => (scheme === 'auto' ? 'system' : scheme);
  const label = `Colour scheme: ${name(colorScheme)}. Switch to ${name(next)}.`;
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        c="var(--mantine-color-dimmed)"
        aria-label={label}
        onClick={() => setColorScheme(next)}
        data-testid="scheme"
      >
        <Icon />
      </ActionIcon>
    </Tooltip>
  );
}

function Help() {
  return (
    <Popover width={340} position="bottom-end">
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-dimmed)" aria-label="Help" data-testid="help">
          <HelpIcon />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" fw={600}>
          What this is
        </Text>
        <Text size="sm" mt={4}>
          Reasoning models think in English whatever language you ask in. This page fine-tunes one, in this tab, to think in the language
          you choose. Nothing leaves your machine.
        </Text>
        <Text size="sm" mt="xs">
          Model: what is trained. Data: what it learns from. Train: the run. Compare: the same question in several reasoning languages,
          before and after. Evaluate: a set of questions, with figures that can be cited. Runs: what was trained, kept; take any adapter
          along as an ordinary PEFT adapter.
        </Text>
        <Text size="sm" mt="xs" c="dimmed">
          Every step can be opened at any time. Keys: Tab moves, Enter presses, Escape closes, Ctrl+Enter asks in Compare.
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}
