/** Names and sentences that several places of the page show: the phases of a run, the rows of each mode, the GPU. */
import { formatClock, formatInteger, formatPlural } from '../../lib/format.ts';
import type { RowsByMode } from '../../protocol/dataset.ts';
import type { DeviceSummary } from '../../protocol/model.ts';
import type { RunRecord } from '../../protocol/training.ts';

export const PHASE_LABELS: Readonly<Record<RunRecord['phase'], string>> = {
  idle: 'Not started',
  preparing: 'Preparing',
  training: 'Training',
  evaluating: 'Evaluating',
  probing: 'Sampling answers',
  paused: 'Paused',
  stopping: 'Stopping',
  done: 'Done',
  stopped: 'Stopped',
  failed: 'Failed',
};

export function deviceName(device: DeviceSummary): string {
  return device.description || device.device || [device.vendor, device.architecture].filter(Boolean).join(' ') || 'Unnamed GPU';
}

interface Pace {
  done: number;
  total: number;
  rate: number | null;
  left: number | null;
}

/** "12 of 48 answers, 9 kept, 210 tokens/s, 01:20 left"; `found`: the kept ones. */
export function paceWords({ done, total, rate, left }: Pace, found?: string): string {
  return [
    `${formatInteger(done)} of ${formatPlural(total, 'answer')}`,
    found,
    rate !== null && `${formatInteger(rate)} tokens/s`,
    left !== null && `${formatClock(left)} left`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** What a run trains of the two modes. `estimated`: from a sample of the rows. */
export function modesSentence({ think, no_think }: RowsByMode, estimated = false): string {
  const about = estimated ? 'about ' : '';
  const sentence =
    think === 0 || no_think === 0
      ? `all rows train with ${think > 0 ? 'their reasoning (think)' : 'the answer alone (no_think)'}.`
      : `${about}${formatPlural(think, 'row')} with reasoning (think) and ${about}${formatInteger(no_think)} with the answer alone (no_think) train.`;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
