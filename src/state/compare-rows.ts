/** The rows of Compare: who answers in each, and the kept adapters chosen for rows of their own, as far as they can be asked. Pure. */
import type { AskColumn, ColumnSource } from '../protocol/generation.ts';
import type { KeptAdapter, KeptAdapters } from '../protocol/model.ts';

/** A kept adapter by its id, and its name when it was chosen, so that it can be named when it is gone. */
export interface ChosenAdapter {
  id: string;
  name: string;
}

/** Who answers in a row of cells. */
export type AskRow = Pick<AskColumn, 'source' | 'adapter' | 'name'>;

/** What rows are told apart by. */
export function rowKey({ source, adapter }: AskRow): string {
  return source === 'kept' ? `kept:${adapter}` : source;
}

/** Kept adapters that can answer on the model that is loaded. */
export function fittingAdapters(kept: KeptAdapters | null): KeptAdapter[] {
  return (kept?.adapters ?? []).filter(({ fits, problem }) => fits && problem === undefined);
}

/** Those that can be asked beside the one that stands. */
export function offered(kept: KeptAdapters | null): KeptAdapter[] {
  return fittingAdapters(kept).filter(({ standing }) => !standing);
}

/** Further adapters between the one that stands and a peer; with them, that one has its name too. */
export function rowsOf(sources: readonly ColumnSource[], further: readonly ChosenAdapter[], kept: KeptAdapters | null): AskRow[] {
  const asked = offered(kept).filter(({ id }) => further.some((chosen) => chosen.id === id));
  const standing = kept?.adapters.find((adapter) => adapter.standing)?.name;
  const own = sources
    .filter((source) => source !== 'peer')
    .map((source): AskRow => ({ source, ...(source === 'adapter' && asked.length > 0 && standing && { name: standing }) }));
  const beside = asked.map(({ id, name }): AskRow => ({ source: 'kept', adapter: id, name }));
  return [...own, ...beside, ...(sources.includes('peer') ? [{ source: 'peer' } as const] : [])];
}

/** Adapters that Compare, or Evaluate if that asks more, puts beside each other with the choices as they are: the one that stands and kept ones. */
export function adaptersAsked(further: readonly ChosenAdapter[], columns: readonly string[], kept: KeptAdapters | null): number {
  const ids = new Set(offered(kept).map(({ id }) => id));
  const standing = kept?.adapters.find((adapter) => adapter.standing);
  const beside = (chosen: readonly string[]): number => chosen.filter((id) => ids.has(id)).length;
  const own = standing ? 1 : 0;
  return own + Math.max(beside(further.map(({ id }) => id)), beside(columns));
}

export interface LeftOut extends ChosenAdapter {
  /** In one sentence. */
  why: string;
}

/** Chosen ones that cannot be asked now. The one that stands has its own row. */
export function leftOut(further: readonly ChosenAdapter[], kept: KeptAdapters | null): LeftOut[] {
  if (!kept) return [];
  return further.flatMap(({ id, name }) => {
    const adapter = kept.adapters.find((other) => other.id === id);
    if (adapter?.standing || (adapter?.fits && !adapter.problem)) return [];
    const why = !adapter
      ? `${name} is not kept any more and is left out.`
      : adapter.fits
        ? `${adapter.name} cannot be opened and is left out.`
        : `${adapter.name} belongs to ${adapter.model || 'another model'} and is left out.`;
    return [{ id, name, why }];
  });
}
