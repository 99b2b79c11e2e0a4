/**
 * From verdicts to what is paid: one number per completion and reward, as advantages take them. A gate (a language, multiplied into the sum) has no
 * column of its own in the sum: the other columns are multiplied by it. Weights and normalisation are GRPO's.
 */
import type { RewardStatistics, Verdict } from '../../protocol/rewards.ts';
import { type ChosenReward, isGate } from './choose.ts';

export interface Paying {
  /** Completions that lie together and are compared: num_generations; absent: all. */
  readonly group?: number;
  /** Step of the run and their number, for the annealed form; absent: the end of it. */
  readonly step?: number;
  readonly steps?: number;
}

/** By completion, then by reward in the order chosen; null: nothing to say. */
export type Paid = readonly (readonly (number | null)[])[];

export function paid(verdicts: readonly (readonly Verdict[])[], chosen: readonly ChosenReward[], paying: Paying = {}): Paid {
  const gates = chosen.flatMap((one, at) => (isGate(one) ? [at] : []));
  if (gates.length === 0) return verdicts.map((row) => row.map(({ value }) => value));
  return verdicts.map((row, sample) => {
    const factors = gates.map((at) => factorOf(verdicts, { at, sample, chosen: chosen[at]!, paying }));
    const factor = factors.reduce<number | null>((product, one) => (product === null || one === null ? null : product * one), 1);
    return row.map(({ value }, at) => (gates.includes(at) || value === null || factor === null ? null : value * factor));
  });
}

interface Where {
  readonly at: number;
  readonly sample: number;
  readonly chosen: ChosenReward;
  readonly paying: Paying;
}

function factorOf(verdicts: readonly (readonly Verdict[])[], { at, sample, chosen, paying }: Where): number | null {
  const own = verdicts[sample]![at]!;
  if (chosen.settings.combine === 'gate') return own.value;
  const size = paying.group ?? verdicts.length;
  const first = Math.floor(sample / size) * size;
  const languages = verdicts.slice(first, first + size).map((row) => row[at]!.parsed ?? null);
  const time = Math.min(1, (paying.step ?? 1) / Math.max(1, paying.steps ?? 1));
  return annealed(own, languages, time, chosen.settings.anneal_bonus as number);
}

/**
 * AdaMame (arXiv 2606.15080): a(t) pays languages that are rare in the group at first, q(t) the language asked for in the end. t runs from 0 to 1.
 * a = 1 + (n / n_lang - 1) (1 + cos(pi t)) / 2; q = 1 + B max((1 - cos(pi t)) / 2, 0.1) where most of the thought is in the language asked for.
 */
function annealed(own: Verdict, languages: readonly (string | null)[], time: number, bonus: number): number | null {
  if (own.value === null) return null;
  const alike = languages.filter((one) => one === (own.parsed ?? null)).length;
  const rare = 1 + (languages.length / alike - 1) * 0.5 * (1 + Math.cos(Math.PI * time));
  const asked = own.value >= 0.5 ? 1 + bonus * Math.max(0.5 * (1 - Math.cos(Math.PI * time)), 0.1) : 1;
  return rare * asked;
}

/** One per reward. `languages`: of each completion, the one asked for. */
export function statistics(verdicts: readonly (readonly Verdict[])[], languages: readonly string[]): RewardStatistics[] {
  return (verdicts[0] ?? []).map((_, at) => {
    const values = verdicts.map((row) => row[at]!.value);
    const known = values.filter((value) => value !== null);
    const mean = meanOf(known);
    const std = known.length < 2 ? null : Math.sqrt(known.reduce((sum, one) => sum + (one - mean!) ** 2, 0) / (known.length - 1));
    const names = [...new Set(languages)].sort();
    const of = (name: string) => meanOf(values.filter((value, row): value is number => value !== null && languages[row] === name));
    return { mean, std, nulls: values.length - known.length, languages: Object.fromEntries(names.map((name) => [name, of(name)])) };
  });
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
}
