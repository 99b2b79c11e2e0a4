/** Which launches of a program go to the GPU together: as many in a row as are estimated to last `SUBMIT_SECONDS`. */
import { type Pace, SUBMIT_SECONDS, type Work } from '../gpu/pace.ts';
import type { Launch } from './op.ts';

/** Of a launch without a cost, and of any launch at least: the overhead of a dispatch. */
const MIN_COST = 2 ** 14;

/** Launches `from` to `to`, the latter not included. */
export interface Submit {
  readonly from: number;
  readonly to: number;
  readonly work: Work;
  /** Estimated. */
  readonly seconds: number;
}

/** All launches in order, each at its upper bound; a submit is longer than `maxSeconds` only where it is a single launch. */
export function submitsOf(
  launches: readonly Pick<Launch, 'kernel' | 'cost' | 'maxCost'>[],
  pace: Pick<Pace, 'seconds'>,
  maxSeconds: number = SUBMIT_SECONDS,
): Submit[] {
  const submits: (Submit & { to: number; seconds: number; work: Map<string, number> })[] = [];
  launches.forEach(({ kernel, cost = 0, maxCost = cost }, i) => {
    const own = Math.max(MIN_COST, maxCost);
    const seconds = pace.seconds(kernel.name, own);
    let submit = submits.at(-1);
    if (!submit || submit.seconds + seconds > maxSeconds) {
      submit = { from: i, to: i, work: new Map(), seconds: 0 };
      submits.push(submit);
    }
    submit.to = i + 1;
    submit.seconds += seconds;
    submit.work.set(kernel.name, (submit.work.get(kernel.name) ?? 0) + own);
  });
  return submits;
}
