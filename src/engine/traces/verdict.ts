/**
 * What a trace fails by itself: one reason, the first in the order of TRACE_REASONS that holds, with a sentence; and what should be looked at although it
 * passes. Duplicates and the choice among several are select.ts.
 */

import type { TextAdherence } from '../../protocol/evaluation.ts';
import type { StopReason } from '../../protocol/generation.ts';
import { rewardNamed } from '../../protocol/reward-problems.ts';
import type { Verdict } from '../../protocol/rewards.ts';
import { LEAST, leastOf } from '../../protocol/trace-settings.ts';
import { TRACE_REASONS, type TraceChecks, type TraceReason, type TraceSettings } from '../../protocol/traces.ts';
import { judgeAnswer } from '../rewards/accuracy/index.ts';
import { AND, OR } from '../rewards/accuracy/words.ts';
import type { Sample } from '../rewards/reward.ts';
import { thoughtEnded } from '../rewards/tags.ts';
import { hasGold, neededCorrectness } from './checkable.ts';
import { readsAsRefusal, shownSolution } from './phrases.ts';
import { repeatsItself } from './repeats.ts';
import type { TraceRow } from './trace-rows.ts';

/** All that is known of a trace before it is judged as one. */
export interface Evidence {
  readonly row: TraceRow;
  readonly sample: Sample;
  readonly stop: StopReason;
  /** By the reward's name as it was chosen. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** null: none was asked for, or it could not be judged. */
  readonly thought: TextAdherence | null;
  readonly answered: TextAdherence | null;
}

export interface OwnVerdict {
  readonly failed: TraceReason | null;
  readonly why: string;
  readonly suspicious?: string;
}

type Settings = Pick<TraceSettings, 'reward_funcs' | 'least' | 'checks'>;

/** A reason with its sentence; `check`: by which it can be let pass. */
interface Finding {
  readonly reason: TraceReason;
  readonly why?: string;
  readonly check?: keyof TraceChecks;
}

export function verdictOf(evidence: Evidence, settings: Settings): OwnVerdict {
  const found = [
    ...formFindings(evidence),
    ...rightFindings(evidence, settings),
    ...languageFindings(evidence, settings),
    ...unpaid(evidence, settings),
  ];
  const counts = found.find(({ check }) => check === undefined || settings.checks[check]);
  if (counts) return { failed: counts.reason, why: counts.why ?? TRACE_REASONS[counts.reason].says };
  const passed = found[0];
  const shown = shownSolution(evidence.sample.reasoning);
  const suspicious = passed
    ? (passed.why ?? TRACE_REASONS[passed.reason].says)
    : shown === null
      ? undefined
      : `Its thought speaks of a solution that it was shown (“${shown}”).`;
  return { failed: null, why: 'It passes.', ...(suspicious !== undefined && { suspicious }) };
}

const says = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

function formFindings({ sample, stop }: Evidence): Finding[] {
  const { reasoning, answer } = sample;
  const found: Finding[] = [];
  if (stop !== 'eos') found.push({ reason: 'cut', check: 'ended' });
  if (says(reasoning) && !says(answer) && !thoughtEnded(sample)) found.push({ reason: 'unclosed', check: 'closed' });
  if (!says(reasoning)) found.push({ reason: 'no-thought', check: 'thought' });
  return found;
}

/** Where a chosen reward says what is right, all of those must be paid. */
function rightFindings({ row, sample, verdicts }: Evidence, { reward_funcs, least, checks }: Settings): Finding[] {
  const { answer } = sample;
  const needed = neededCorrectness({ reward_funcs, least });
  const unable = needed.find((given) => verdicts[given]?.value == null || (rewardNamed(given) !== 'code' && !hasGold(row, checks)));
  if (unable !== undefined) return [{ reason: 'unverifiable' }];
  const short = needed.find((given) => (verdicts[given]?.value ?? 0) < leastOf(given, least)!);
  const byGold = needed.some((given) => rewardNamed(given) !== 'code');
  if (byGold && isHedged(answer)) return [{ reason: 'several', why: 'It says one number or another.' }];
  if (needed.length > 0 && short === undefined) return [];
  if (readsAsRefusal(answer) && !/\\boxed/.test(answer)) return [{ reason: 'refusal' }];
  if (!says(answer)) return [{ reason: 'no-answer' }];
  if (short === undefined) return [];
  const { parsed, why } = verdicts[short] ?? {};
  if (rewardNamed(short) !== 'code' && isOneOfSeveral(parsed, row))
    return [{ reason: 'several', why: `It gives several answers: ${parsed}.` }];
  if (parsed === null && rewardNamed(short) !== 'code') return [{ reason: 'no-answer', ...(why && { why }) }];
  return [{ reason: 'wrong', ...(why && { why }) }];
}

const NUMBERS_OR = new RegExp(String.raw`\p{N}[.,]?\s{1,9}(?:${OR})\s{1,9}[-−]?\p{N}|\p{N}\s?(?:或者?|または|또는)\s?\p{N}`, 'iu');

/** "It is 9 or 10.", of which a reader of answers takes the last; in a box it is read as the list that it is. */
const isHedged = (answer: string): boolean => !/\\boxed/.test(answer) && NUMBERS_OR.test(answer);

const BETWEEN = new RegExp(String.raw`\s*[,;，、؛；]\s+|\s*[;；、]\s*|\s+,\s*|\s+(?:${OR}|${AND})\s+`, 'iu');

/** Characters. */
const LONGEST_LIST = 400;

/** Of a list, one member is right. */
function isOneOfSeveral(parsed: string | null | undefined, { gold, columns, reasoning_language }: TraceRow): boolean {
  if (parsed == null || parsed.length > LONGEST_LIST) return false;
  const parts = parsed.split(BETWEEN).filter((part) => part.trim() !== '');
  if (parts.length < 2 || parts.length > 40) return false;
  const language = typeof columns.language === 'string' ? columns.language : reasoning_language;
  return parts.some((part) => judgeAnswer(part, gold, language === null ? {} : { language }).value === 1);
}

function languageFindings(evidence: Evidence, settings: Settings): Finding[] {
  const { row, sample, thought, answered } = evidence;
  const found: Finding[] = [];
  if (repeatsItself(sample.reasoning, row.question)) found.push({ reason: 'repeats', check: 'repetition' });
  for (const [part, asked, adherence] of [
    ['thought', row.reasoning_language, thought],
    ['answer', row.answer_language, answered],
  ] as const) {
    const name = part === 'thought' ? 'language' : 'answer_language';
    const reason = part === 'thought' ? 'thought-language' : 'answer-language';
    const bar = settings.least[name] ?? LEAST[name]!;
    if (asked !== null && adherence && adherence.share !== null && adherence.share < bar) {
      const why = `${Math.round(adherence.share * 100)} % of its ${part} is in ${asked}, and ${Math.round(bar * 100)} % are needed.`;
      found.push({ reason, why, check: part === 'thought' ? 'thought_language' : 'answer_language' });
    }
    const paid = verdictNamed(evidence, settings, name);
    if (paid && paid.value !== null && paid.value < bar) found.push({ reason, why: paid.why });
  }
  return found;
}

function verdictNamed({ verdicts }: Evidence, { reward_funcs }: Settings, name: string): Verdict | undefined {
  const given = reward_funcs.find((one) => rewardNamed(one) === name);
  return given === undefined ? undefined : verdicts[given];
}

/** Of the rewards that have no reason of their own. A reward that has nothing to say asks for nothing. */
function unpaid({ verdicts }: Evidence, { reward_funcs, least }: Settings): Finding[] {
  return reward_funcs.flatMap((given): Finding[] => {
    const name = rewardNamed(given);
    const [bar, verdict] = [leastOf(given, least), verdicts[given]];
    if (name === 'language' || name === 'answer_language' || bar === null || !verdict || verdict.value === null || verdict.value >= bar)
      return [];
    return [{ reason: 'unpaid', why: `${given} pays ${round(verdict.value)}, and ${round(bar)} is needed. ${verdict.why}` }];
  });
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
