/**
 * Who answers: the base model, the adapter that stands on it, and kept adapters, several at once and all as one batch. The one that stands is asked in
 * its place; kept ones are read and laid beside each other in an arena of their own (adapters/joined.ts), with a copy of the one that stands where that
 * is asked too. They stay on the GPU until others are asked, or until the adapter that stands is replaced, as a run does.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/format.ts';
import { besideBase, createJoined, freeJoined, type JoinedAdapter, joinLayouts, uploadJoined } from '../adapters/joined.ts';
import { type AdapterLayout, downloadAdapter, layoutKey } from '../adapters/lora.ts';
import { adaptableWeights } from '../models/index.ts';
import type { EngineState, OpenModel } from './engine-state.ts';
import { readKeptBeside } from './kept-adapters.ts';
import { asMemoryError } from './memory-error.ts';

/** A kept adapter by its id; ids are never `base` or `adapter`. */
export type Answerer = 'base' | 'adapter' | (string & {});

export interface Answerers {
  /** For the batch. */
  readonly layout: AdapterLayout | null;
  /** What a prompt names as its adapter. */
  indexOf(answerer: Answerer): number | undefined;
  /** Kept ones that cannot be asked, each with its reason. */
  readonly refused: ReadonlyMap<Answerer, MotherTongueError>;
}

const STANDING = 'adapter';
const NONE_YET = 'There is no adapter yet; train one, or import one on the Runs page.';

/** The open model, where it is the one that was to answer; another may have been opened since that was decided. */
export function needModelOf(engine: EngineState, { name, hash }: { name: string; hash: string | null }): OpenModel {
  const model = engine.needModel();
  if (model.hash !== hash) throw openedMeanwhile(name, model.session.name, `open ${name}`);
  return model;
}

export function openedMeanwhile(wanted: string, open: string, mend: string): MotherTongueError {
  const message = `${wanted} was to answer, and ${open} was opened meanwhile; ${mend} and try again, or start anew with ${open}.`;
  return new MotherTongueError('ModelError', message);
}

/** Puts all who are to answer onto the GPU; call in turn, and ask before the turn ends. */
export async function openAnswerers(engine: EngineState, asked: readonly Answerer[]): Promise<Answerers> {
  const { adapter } = engine;
  /** A run changes the one that stands, which then is not the kept one. */
  const inPlace = (id: Answerer): boolean => id === STANDING || (id === adapter?.kept && !engine.run);
  const ids = [...new Set(asked.filter((id) => id !== 'base').map((id) => (inPlace(id) ? STANDING : id)))];
  if (ids.includes(STANDING) && !adapter) throw new MotherTongueError('StateError', NONE_YET);
  const { layout, refused } = ids.some((id) => id !== STANDING) ? await besideEachOther(engine, ids) : { layout: null, refused: new Map() };
  const left = ids.filter((id) => !refused.has(id));
  const indexOf = (id: Answerer): number | undefined => {
    const index = left.indexOf(inPlace(id) ? STANDING : id);
    return index < 0 ? undefined : index;
  };
  if (layout) return { layout, indexOf, refused };
  freeAnswerers(engine);
  if (left.length === 0) return { layout: null, indexOf, refused };
  if (asked.some((id) => !inPlace(id) && !refused.has(id))) return { layout: besideBase(adapter!.layout), indexOf, refused };
  return { layout: adapter!.layout, indexOf: () => undefined, refused };
}

/** Takes the kept ones off the GPU again. */
export function freeAnswerers(engine: EngineState): void {
  const { joined } = engine;
  if (!joined) return;
  engine.joined = null;
  const { session, generator } = engine.needModel();
  if (joined.session !== session) return;
  generator.free(); // its programs bind the arena
  freeJoined(session.store);
}

interface Beside {
  /** null: none of the kept ones can be asked. */
  readonly layout: AdapterLayout | null;
  readonly refused: Map<Answerer, MotherTongueError>;
}

async function besideEachOther(engine: EngineState, ids: readonly string[]): Promise<Beside> {
  const { session, generator } = engine.needModel();
  const standing = ids.includes(STANDING) ? engine.adapter : null;
  const held = engine.joined?.session === session ? engine.joined : null;
  const asBefore = held?.ids.join() === ids.join() && held.standing === standing && !(standing && engine.run);
  if (asBefore) return { layout: held.layout, refused: new Map() };
  const { all, opened, refused } = await readAll(engine, ids);
  if (opened.every((id) => id === STANDING)) return { layout: null, refused };
  const layout = joinLayouts(adaptableWeights(session.config), all);
  if (!held || layoutKey(held.layout) !== layoutKey(layout)) {
    freeAnswerers(engine);
    refuseTooLarge(engine, layout);
    try {
      createJoined(session.store, layout);
      await session.store.gpu.allocated();
    } catch (error) {
      freeJoined(session.store);
      generator.free();
      throw asMemoryError(error, `Laying ${all.length} adapters beside each other`, 'choose fewer of them');
    }
  }
  engine.joined = { session, ids: opened, standing, layout };
  uploadJoined(session.store, layout, all);
  return { layout, refused };
}

async function readAll(
  engine: EngineState,
  ids: readonly string[],
): Promise<{ all: JoinedAdapter[]; opened: string[]; refused: Map<Answerer, MotherTongueError> }> {
  const { store } = engine.needModel().session;
  const all: JoinedAdapter[] = [];
  const opened: string[] = [];
  const refused = new Map<Answerer, MotherTongueError>();
  for (const id of ids) {
    try {
      if (id === STANDING) {
        const { layout } = engine.adapter!;
        all.push({ targets: layout.targets, tensors: await downloadAdapter(store, layout) });
      } else all.push(await readKeptBeside(engine, id));
      opened.push(id);
    } catch (error) {
      if (engine.lost || !(error instanceof MotherTongueError)) throw error;
      refused.set(id, error);
    }
  }
  return { all, opened, refused };
}

function refuseTooLarge(engine: EngineState, { length, own }: AdapterLayout): void {
  const limit = engine.needModel().session.capabilities.maxBufferSize;
  if (length * 4 <= limit) return;
  throw new MotherTongueError(
    'MemoryError',
    `${own?.count} adapters beside each other take ${formatBytes(length * 4)}, and one buffer of this GPU holds ${formatBytes(limit)}; choose fewer of them.`,
  );
}
