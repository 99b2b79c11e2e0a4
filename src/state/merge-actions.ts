/** Actions about the merged model: what it would be, and writing it into a folder or a zip. */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import type { MergeDtype, MergedPlan, MergeTarget } from '../protocol/merging.ts';
import { onOtherAdapter } from './facts.ts';
import { pickFolder } from './folders.ts';
import { attempt } from './pending.ts';

export interface MergeState {
  dtype: MergeDtype;
  /** Of this dtype and the adapter as it is; null while it is worked out. */
  plan: MergedPlan | null;
  /** The folder that was written last. */
  written: string | null;
}

const initial: MergeState = { dtype: 'base', plan: null, written: null };

export const mergeStore = createStore<MergeState>(() => initial);

/** A plan is about the adapter that was there. */
export function runMergeWatch(): void {
  onOtherAdapter(() => mergeStore.setState(initial));
}

export async function planMerge(dtype: MergeDtype): Promise<void> {
  mergeStore.setState({ dtype, plan: null });
  const plan = await attempt('runs', 'merge-plan', () => engine().planMerged(dtype));
  if (plan && mergeStore.getState().dtype === dtype) mergeStore.setState({ plan });
}

/** The zip; undefined when it failed or was cancelled, null for a folder. */
export async function writeMerge(target: MergeTarget): Promise<File | null | undefined> {
  const { dtype, plan } = mergeStore.getState();
  mergeStore.setState({ written: null });
  const file = await attempt('runs', 'merge', () => engine().writeMerged(dtype, target));
  if (file === null && plan && target.kind === 'folder') mergeStore.setState({ written: `${target.parent.name}/${plan.name}` });
  return file;
}

export async function writeMergeIntoFolder(): Promise<void> {
  const parent = await attempt('runs', 'merge', () => pickFolder('merged', 'readwrite'));
  if (parent) await writeMerge({ kind: 'folder', parent });
}
