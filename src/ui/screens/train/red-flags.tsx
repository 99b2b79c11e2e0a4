/** What seems to go wrong in a run that learns from answers of its own: a line each where it holds, with what to do; and, unfolded, what is healthy. */
import { Button, Text } from '@mantine/core';
import { useMemo } from 'react';
import { valueAt } from '../../../protocol/setting-values.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { redFlags, watchedIn } from '../../../state/red-flags.ts';
import type { SettingMend } from '../../../state/run-history.ts';
import { changeFor } from '../../../state/settings.ts';
import { useSettings } from '../../use.ts';
import classes from './train.module.css';

export function RedFlags({ run }: { run: RunRecord }) {
  const flags = useMemo(() => redFlags(run), [run]);
  const { method } = run.settings;
  const watched = watchedIn(method);
  if (watched.length === 0) return null;
  return (
    <div className={classes.flags} data-testid="red-flags">
      {flags.map(({ name, sentence, mend, set }) => (
        <p key={name} data-flag={name}>
          <strong>{sentence}</strong> {mend}
          {set && <SetButton run={run} mend={set} />}
        </p>
      ))}
      <details>
        <summary>What is healthy</summary>
        <Text size="xs" c="dimmed">
          {flags.length === 0 ? 'None of these faults is seen in this run so far.' : 'Faults that are seen stand above.'}
          {method === 'grpo' &&
            ' A loss near 0 is none of them: where each batch is learned from once, it is 0 by its formula, and only its gradient counts.'}
        </Text>
        <dl>
          {watched.map(({ name, title, healthy, mend }) => (
            <div key={name}>
              <dt className={classes.title}>{title}</dt>
              <dd className={classes.words}>
                {healthy}{' '}
                <Text span inherit c="dimmed">
                  {mend}
                </Text>
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
  );
}

/** A run that is under way keeps its settings: the mend is for the next one. */
function SetButton({ run, mend: { label, path, value } }: { run: RunRecord; mend: SettingMend }) {
  const done = useSettings((s) => s.settings.method === run.settings.method && valueAt(s.settings, path) === value);
  return done ? (
    <span role="status"> It is so in the settings of the next run.</span>
  ) : (
    <Button
      size="compact-xs"
      variant="default"
      display="block"
      mt={4}
      onClick={() => changeFor(run.settings, path, value)}
      data-testid="mend-flag"
    >
      {label}
    </Button>
  );
}
