/** Actions about plans of stages: start, stop, go on, delete, export, and a plan from a file. Errors become notices under Train. */
import { engine } from '../client/engine.ts';
import { MotherTongueError } from '../lib/errors.ts';
import { throwProblems } from '../lib/problems.ts';
import { planProblems } from '../protocol/stage-problems.ts';
import type { StagePlan } from '../protocol/stages.ts';
import { readDataset } from './data-actions.ts';
import { attempt } from './pending.ts';
import { stagesStore } from './stages.ts';
import { viewStore } from './view.ts';

/** A plan has a few kilobytes a stage. */
const LARGEST_FILE = 4 * 2 ** 20;

export async function startPlan(plan: StagePlan): Promise<void> {
  viewStore.setState({ hasTrained: true });
  stagesStore.setState({ shown: null });
  await attempt('train', 'plan', () => engine().startPlan(plan));
}

export async function continuePlan(id: string): Promise<void> {
  await attempt('train', 'plan', () => engine().continuePlan(id));
}

export async function stopPlan(): Promise<void> {
  await attempt('train', 'stop-plan', () => engine().stopPlan());
}

export async function deletePlan(id: string): Promise<void> {
  await attempt('train', 'delete-plan', () => engine().deletePlan(id));
}

export async function listPlans(): Promise<void> {
  await attempt('train', 'list-plans', () => engine().listPlans());
}

export async function exportPlan(id: string): Promise<{ name: string; blob: Blob } | undefined> {
  return attempt('train', 'export-plan', () => engine().exportPlan(id));
}

/** The answers that a stage kept, as the dataset that is open. True when they were read. */
export async function openKept(traces: string): Promise<boolean> {
  const file = await attempt('train', 'open-kept', () => engine().exportTraces(traces, 'dataset'));
  return file !== undefined && readDataset({ kind: 'file', name: `kept answers ${traces}.jsonl`, file });
}

/** plan.json of an exported folder, or one that a person wrote. */
export async function openPlan(file: File): Promise<void> {
  await attempt('train', 'open-plan', async () => {
    const plan = readPlan(file.name, file.size > LARGEST_FILE ? null : await file.text());
    stagesStore.setState({ draft: plan, shown: 'draft', chosen: true });
  });
}

/** `text` null: too large. */
export function readPlan(name: string, text: string | null): StagePlan {
  let given: unknown;
  try {
    given = text === null ? undefined : JSON.parse(text);
  } catch {
    given = undefined;
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new MotherTongueError('FileError', `${name} is no plan of stages; choose the plan.json of an exported plan.`);
  const plan = 'plan' in given ? given.plan : given;
  throwProblems('FileError', `${name} cannot be used`, planProblems(plan), 'Correct the file.');
  const { name: called, choice_seed, stages } = plan as StagePlan; // its problems were just looked for
  return { name: called, choice_seed, stages };
}
