/** The range of a chart's y axis from its data. */
import type uPlot from 'uplot';

/** From zero where that costs little; a little air above. Never empty: of an axis without extent uPlot makes ticks without end. */
export function fromData(_u: uPlot | null, min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const span = max - min || Math.abs(max) || 1;
  const low = min >= 0 && min < max * 0.6 ? 0 : min - span * 0.08;
  return [low, max + (max - low) * 0.06];
}
