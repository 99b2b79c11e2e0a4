/** Names that several places of the page show: the phases of a run, the GPU. */
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
