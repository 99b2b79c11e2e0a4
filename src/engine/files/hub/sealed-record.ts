/**
 * A small JSON record that survives a crash at any moment: two slots written in turn, each with a counter and its own SHA-256. A torn or stale
 * slot is passed over, so a reader sees the newest record that was flushed whole. Not for data of more than some hundred kilobytes.
 */
import { sha256 } from '../hash.ts';
import type { DiskFolder } from './disk.ts';

const SLOTS = ['.a', '.b'] as const;

interface Slot<X> {
  turn: number;
  value: X;
}

/** The names that a record takes in its folder. */
export const recordNames = (name: string): string[] => SLOTS.map((slot) => name + slot);

/** Null where there is none that is whole. */
export async function readRecord<X>(folder: DiskFolder, name: string): Promise<X | null> {
  return (await newest<X>(folder, name))?.value ?? null;
}

/** Resolves when the record is flushed. Writers of one record must not overlap. */
export async function writeRecord<X>(folder: DiskFolder, name: string, value: X): Promise<void> {
  const turn = ((await newest<X>(folder, name))?.turn ?? 0) + 1;
  const body = JSON.stringify({ turn, value } satisfies Slot<X>);
  const bytes = new TextEncoder().encode(`${await sha256(body)}\n${body}`);
  const file = await folder.open(name + SLOTS[turn % 2]!, 'write');
  try {
    file.truncate(0);
    file.write(bytes, 0);
    file.flush();
  } finally {
    file.close();
  }
}

async function newest<X>(folder: DiskFolder, name: string): Promise<Slot<X> | null> {
  const slots = await Promise.all(SLOTS.map((slot) => readSlot<X>(folder, name + slot)));
  return slots.reduce((best, slot) => (slot && (!best || slot.turn > best.turn) ? slot : best), null);
}

async function readSlot<X>(folder: DiskFolder, name: string): Promise<Slot<X> | null> {
  const bytes = await folder.readSmall(name);
  if (bytes === null) return null;
  const text = new TextDecoder().decode(bytes);
  const hash = text.slice(0, 64);
  const body = text.slice(65);
  return (await sha256(body)) === hash ? (JSON.parse(body) as Slot<X>) : null;
}
