/**
 * How much one judgement may compute, in units of about two microseconds: sums in sums and powers of powers end here and not at a clock, so that the same text
 * gets the same verdict on any machine. One judgement at a time, as everything here is synchronous.
 */
import { NoValue } from './rational.ts';

const PER_JUDGEMENT = 50_000;

let left = PER_JUDGEMENT;

/** Before each judgement. */
export function refill(): void {
  left = PER_JUDGEMENT;
}

export function spend(units: number): void {
  left -= units;
  if (left < 0) throw new NoValue('too much to compute');
}
