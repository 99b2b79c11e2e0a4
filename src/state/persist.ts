/**
 * Small choices that survive a reload, in localStorage, one key a store.
 * A stored value is used only as far as its shape fits: unknown keys are dropped and missing keys keep their defaults, so an old or broken
 * record can never stop the page. Big things (files, run records, answers) live in IndexedDB: see records.ts.
 */
import type { StoreApi } from 'zustand/vanilla';
import { facts } from './facts.ts';

export interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const PREFIX = 'mother-tongue.';

/** Where this page keeps small things; absent in private modes that forbid it, and in tests. */
function pageStorage(): TextStorage | null {
  try {
    return typeof window === 'undefined' ? null : window.localStorage;
  } catch {
    return null; // Access itself throws where site data is blocked; the page then simply forgets.
  }
}

/** Reads what was kept under `key` and merges it over `defaults`, key by key, where the kinds agree. */
export function recall<T extends object>(key: string, defaults: T, storage: TextStorage | null = pageStorage()): T {
  const text = storage?.getItem(PREFIX + key);
  if (!text) return defaults;
  try {
    return mergeKept(defaults, JSON.parse(text));
  } catch {
    return defaults; // Not JSON: written by something else; the defaults stand.
  }
}

/** Writes the picked part of a store on every change, but not while another tab trains: a reload there finds its own. Returns the unsubscribe function. */
export function remember<T extends object, P extends object>(
  store: StoreApi<T>,
  key: string,
  pick: (state: T) => P,
  storage: TextStorage | null = pageStorage(),
): () => void {
  let last = '';
  return store.subscribe((state) => {
    const text = JSON.stringify(pick(state));
    if (text === last || facts.getState().elsewhere) return;
    last = text;
    storage?.setItem(PREFIX + key, text);
  });
}

function mergeKept<T extends object>(defaults: T, kept: unknown): T {
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) return defaults;
  const merged: Record<string, unknown> = { ...(defaults as Record<string, unknown>) };
  for (const [key, value] of Object.entries(kept)) {
    if (!(key in merged)) continue;
    const current = merged[key];
    if (current === null || current === undefined || sameKind(current, value)) {
      merged[key] = isRecord(current) && isRecord(value) && Object.keys(current).length > 0 ? mergeKept(current, value) : value;
    }
  }
  return merged as T;
}

function sameKind(a: unknown, b: unknown): boolean {
  return typeof a === typeof b && (a === null) === (b === null) && Array.isArray(a) === Array.isArray(b);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
