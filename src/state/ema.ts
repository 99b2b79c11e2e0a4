/**
 * Exponential moving average without the start-up bias (Adam's correction): m_t = w m_{t-1} + (1-w) x_t, shown as m_t / (1 - w^t).
 * Values that are not finite leave a gap and do not poison what follows.
 */
export function debiasedEma(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let decay = 1;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    mean = weight * mean + (1 - weight) * value;
    decay *= weight;
    return mean / (1 - decay);
  });
}
