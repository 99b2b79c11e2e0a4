/** What a screen reader hears of work under way, in one polite region for the whole page and at most every ten seconds. */
import { useEffect, useState } from 'react';
import { formatDuration, formatLoss, formatPlural } from '../../lib/format.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { type Answers, type Facts, facts, isRunning, type Task } from '../../state/facts.ts';
import { runTimes } from '../../state/run-series.ts';
import { PHASE_LABELS } from '../parts/labels.ts';
import { progressText } from '../parts/task-progress.tsx';
import { atMostEvery } from './at-most-every.ts';

const PERIOD_MS = 10_000;

export function Announcer() {
  const [heard, setHeard] = useState('');
  useEffect(() => {
    const say = atMostEvery(PERIOD_MS, setHeard);
    // The end of a run or an answer is said where its course was: not of those that a visit begins with.
    const followed = { run: false, answers: '' };
    return facts.subscribe((now) => {
      const [request = ''] = Object.keys(now.answers);
      if (isRunning(now.run?.phase)) followed.run = true;
      if (now.answers[request]?.ended === false) followed.answers = request;
      const tasks = slow(now);
      if (followed.run && isRunning(now.run?.phase)) say(runMessage(now.run!));
      else if (tasks.length > 0) say(tasks.map((task) => `${task.label}: ${progressText(task, now.downloadPaused)}`).join('. '));
      else if (followed.answers !== '' && followed.answers === request) say(answersMessage(now.answers[request]!));
      else if (followed.run && now.run) say(runMessage(now.run));
    });
  }, []);
  return (
    <div role="status" className="visually-hidden" data-testid="announcer">
      {heard}
    </div>
  );
}

function runMessage(run: RunRecord): string {
  const last = run.metrics.at(-1);
  const phase = PHASE_LABELS[run.phase];
  if (!last) return phase;
  const { left } = runTimes(run);
  const remaining = isRunning(run.phase) && left !== null ? `, ${formatDuration(left)} left` : '';
  return `${phase}, step ${last.step} of ${run.total_steps}, loss ${formatLoss(last.loss)}${remaining}`;
}

function answersMessage({ columns, ended }: Answers): string {
  const states = Object.values(columns);
  if (ended) return `${formatPlural(states.length, 'answer')} finished`;
  return `Answering, ${states.filter(({ stop }) => stop !== null).length} of ${formatPlural(states.length, 'answer')} finished`;
}

const SLOW_MS = 1000;

/** Tasks that last; a quick one would only interrupt. A run reports its own steps. */
function slow({ tasks }: Facts): Task[] {
  const now = Date.now();
  return Object.values(tasks).filter((task) => task.unit !== 'steps' && now - task.since >= SLOW_MS);
}
