/** What rewards say of one answer: the value of each, what it has read in the answer, and why. */
import type { ReactNode } from 'react';
import { rewardNamed } from '../../protocol/reward-problems.ts';
import { rewardTable, type Verdict } from '../../protocol/rewards.ts';
import { readAs } from '../../state/languages.ts';
import classes from './answers.module.css';
import { Foreign, Marked } from './foreign.tsx';

export function Verdicts({ children }: { children: ReactNode }) {
  return <ul className={classes.verdicts}>{children}</ul>;
}

/** `beside`: follows the value. */
export function VerdictLine({ name, verdict, beside = '' }: { name: string; verdict: Verdict; beside?: string }) {
  const { value, why, parsed } = verdict;
  const read = parsed ? readAs(name, parsed) : null;
  return (
    <li>
      <strong className="numbers">
        {rewardLabel(name)}: {value === null ? 'nothing to say' : rewardValue(value)}
        {beside}
      </strong>
      {read ? (
        <>
          , read as <Sentence text={read.text} language={read.language ?? null} />
        </>
      ) : (
        '.'
      )}{' '}
      <Marked text={why} />
    </li>
  );
}

export function rewardLabel(given: string): string {
  const name = rewardNamed(given);
  return name === null ? given : rewardTable[name].label;
}

export const rewardValue = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2)).replace('-', '−');

/** A text at the end of a sentence of ours: with a full stop, where it has none. */
export function Sentence({ text, language = null }: { text: string; language?: string | null }) {
  return (
    <>
      <Foreign text={text} language={language} />
      {!/[.!?。！？؟।]$/u.test(text) && '.'}
    </>
  );
}
