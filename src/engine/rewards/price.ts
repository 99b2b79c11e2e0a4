/** From a share to what is paid for it: rewards of a language, or of an answer's length, pay `right` for 1, `wrong` for 0, and in between by share. */
import type { Verdict } from '../../protocol/rewards.ts';
import type { RewardSettings } from './reward.ts';

/** A verdict with nothing to say stays so. */
export function priced(found: Verdict, { right, wrong }: RewardSettings): Verdict {
  if (found.value === null) return found;
  const [most, least] = [right as number, wrong as number];
  return { ...found, value: least + found.value * (most - least) };
}
