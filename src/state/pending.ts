/**
 * What the page waits for and what went wrong: actions under way by name, and one notice per place. An error stays at its place until it is dismissed
 * or the same action is tried again.
 */
import { createStore } from 'zustand/vanilla';

export type Place = 'model' | 'data' | 'train' | 'compare' | 'export';

export interface Notice {
  place: Place;
  /** The action that failed, so that trying again clears it. */
  action: string;
  name: string;
  message: string;
  /** Stack or anything else worth copying into a report. */
  details: string;
}

export interface Pending {
  actions: Record<string, true>;
  notices: Notice[];
}

export const pending = createStore<Pending>(() => ({ actions: {}, notices: [] }));

export function dismiss(action: string): void {
  pending.setState((state) => ({ notices: state.notices.filter((n) => n.action !== action) }));
}

/** Runs one action: marks it under way, turns an error into a notice at its place, and swallows a cancel (the user requested it) and the `quiet` names. */
export async function attempt<T>(
  place: Place,
  action: string,
  work: () => Promise<T>,
  quiet: readonly string[] = [],
): Promise<T | undefined> {
  dismiss(action);
  pending.setState((state) => ({ actions: { ...state.actions, [action]: true } }));
  try {
    return await work();
  } catch (error) {
    const notice = noticeOf(place, action, error);
    if (notice.name !== 'Cancelled' && !quiet.includes(notice.name)) pending.setState((state) => ({ notices: [...state.notices, notice] }));
    return undefined;
  } finally {
    pending.setState((state) => {
      const { [action]: _done, ...actions } = state.actions;
      return { actions };
    });
  }
}

const OURS = new Set([
  'FileError',
  'ModelError',
  'AdapterError',
  'DatasetError',
  'SettingsError',
  'DeviceError',
  'MemoryError',
  'StateError',
  'Cancelled',
]);

function noticeOf(place: Place, action: string, error: unknown): Notice {
  const { name, message, stack } = error instanceof Error ? error : { name: 'Error', message: String(error), stack: undefined };
  const sentence = OURS.has(name) ? message : `The engine failed unexpectedly: ${message}`;
  return { place, action, name, message: sentence, details: `${name}: ${message}\n${stack ?? ''}`.trim() };
}
