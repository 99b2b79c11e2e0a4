/** A record that is torn anywhere is passed over, and the one before it is what a reader sees. */
import { expect, it } from 'vitest';
import { memoryDisk } from './memory-disk.ts';
import { readRecord, writeRecord } from './sealed-record.ts';

it('reads back what was written last', async () => {
  const folder = await memoryDisk().folder('f');
  expect(await readRecord(folder, 'r')).toBeNull();
  for (let i = 0; i < 5; i++) {
    await writeRecord(folder, 'r', { i });
    expect(await readRecord(folder, 'r')).toEqual({ i });
  }
});

it('survives a write that is torn after any number of bytes', async () => {
  const folder = await memoryDisk().folder('f');
  await writeRecord(folder, 'r', { which: 'old' });
  await writeRecord(folder, 'r', { which: 'new' });
  const whole = (await folder.readSmall('r.a'))!; // turn 2
  for (let length = 0; length < whole.length; length++) {
    const file = await folder.open('r.a', 'write');
    file.truncate(0);
    file.write(whole.slice(0, length), 0);
    file.flush();
    file.close();
    expect(await readRecord(folder, 'r'), `${length} bytes`).toEqual({ which: 'old' });
  }
});

it('passes over a record with a wrong byte and writes the next one over it', async () => {
  const disk = memoryDisk();
  const folder = await disk.folder('f');
  await writeRecord(folder, 'r', 1);
  await writeRecord(folder, 'r', 2);
  disk.corrupt('f', 'r.a', 70);
  expect(await readRecord(folder, 'r')).toBe(1);
  await writeRecord(folder, 'r', 3);
  expect(await readRecord(folder, 'r')).toBe(3);
});
