/** The start of a job: what it comes to as it is chosen, why it cannot start, and the button. */
import { Button, Text } from '@mantine/core';
import { useEffect } from 'react';
import { formatCount, formatDuration, formatPlural } from '../../lib/format.ts';
import { isRunning } from '../../state/facts.ts';
import type { Job } from '../../state/jobs.ts';
import { NO_GPU, useFacts, useLoadingModel, useReadOnly } from '../use.ts';
import { handFocusTo, useFocusHandover } from './focus-handover.ts';
import classes from './job.module.css';

interface Found {
  answers: number;
  /** "15 questions". */
  asked: string;
  /** null: not known. */
  prompt_tokens: number | null;
  most_tokens: number;
  problem: string | null;
}

interface Props {
  job: Job;
  label: string;
  forecast: () => Promise<void>;
  /** What a forecast depends on. */
  about: readonly unknown[];
  found: Found | null;
  /** Sentences behind the forecast. */
  notes?: string;
  /** Of an earlier job like this. */
  pace: { done: number; seconds: number } | undefined;
  obstacle: string | null;
  busy: boolean;
  start: () => Promise<void>;
}

export function StartJob({ job, label, forecast, about, found, notes = '', pace, obstacle, busy, start }: Props) {
  const ready = obstacle === null && !busy && !found?.problem;
  const button = useFocusHandover(`start-${job}`, ready);
  useEffect(
    () => {
      const timer = setTimeout(() => void forecast(), 250);
      return () => clearTimeout(timer);
    },
    // biome-ignore lint/correctness/useExhaustiveDependencies: the forecast is of these choices
    about,
  );
  return (
    <div className={classes.part}>
      <div className={classes.words}>
        {found && (
          <Text size="sm" className="numbers" data-testid={`${job}-forecast`}>
            {forecastWords(found, pace)}
            {notes}
          </Text>
        )}
        {found?.problem && (
          <Text size="sm" c="var(--bad)" mt={4} data-testid={`${job}-problem`}>
            {found.problem}
          </Text>
        )}
        {obstacle && (
          <Text size="sm" c="dimmed" mt={4} data-testid={`${job}-obstacle`}>
            {obstacle}
          </Text>
        )}
      </div>
      <Button
        ref={button}
        mt={10}
        fullWidth
        disabled={!ready}
        data-hands-over
        onClick={() => {
          handFocusTo(`pause-${job}`);
          void start();
        }}
        data-testid={`start-${job}`}
      >
        {label}
      </Button>
    </div>
  );
}

function forecastWords({ answers, asked, prompt_tokens, most_tokens }: Found, pace: Props['pace']): string {
  const read = prompt_tokens === null ? '' : `${formatCount(prompt_tokens)} tokens are read, `;
  const time = pace ? `; about ${formatDuration((answers * pace.seconds) / pace.done)}, going by the last time` : '';
  return `${formatPlural(answers, 'answer')} to ${asked}: ${read}at most ${formatCount(most_tokens)} written${time}.`;
}

const WORDS: Readonly<Record<Job, { doing: string; before: string; going: string; place: string }>> = {
  evaluation: { doing: 'Evaluating', before: 'before you evaluate', going: 'An evaluation is under way', place: 'Evaluate' },
  traces: { doing: 'Making rows', before: 'before you make rows', going: 'Rows are being made', place: 'Data' },
};

/** What keeps a job from starting whatever is chosen: no GPU, no model, another tab, other work; null: nothing. `peer`: an ONNX model answers. */
export function useJobObstacle(job: Job, peer = false): string | null {
  const problem = useFacts((f) => f.problem !== null);
  const model = useFacts((f) => f.model !== null);
  const training = isRunning(useFacts((f) => f.run?.phase));
  const going = useFacts((f) => (['evaluation', 'traces'] as const).find((one) => f[one]?.phase === 'running'));
  const loading = useLoadingModel();
  const readOnly = useReadOnly();
  const { doing, before } = WORDS[job];
  if (problem && !peer) return `${doing} needs a GPU. ${NO_GPU}`;
  if (!model && !peer) return loading ? 'The model is being loaded.' : 'No model is loaded; see Model.';
  if (readOnly) return readOnly;
  if (training) return `A run is under way; let it end, or stop it, ${before}.`;
  if (going === job) return `${WORDS[job].going}.`;
  return going ? `${WORDS[going].going} in ${WORDS[going].place}; let it end, or pause it, ${before}.` : null;
}
