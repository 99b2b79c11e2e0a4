/**
 * The process that kill.gpu.test.ts kills: loads the model, resumes the run that is interrupted or begins it, and prints every step as it is done.
 * Its store writes in place, a piece at a time, as a browser's private file system does, so that a kill leaves torn files. With a number as third
 * argument it kills itself after so many pieces, in the middle of the next.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { resume, train } from '../../src/engine/api/training.ts';
import { type ByteStore, piecesOf } from '../../src/engine/files/byte-store.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeStore } from '../../src/headless/node-store.ts';
import { openTestEngine, tinySettings } from './surviving-support.ts';

const [model, files, fatal] = process.argv.slice(2);
const TORN = 4096;

const say = (word: string, rest: unknown): void => {
  writeSync(1, `${word} ${JSON.stringify(rest)}\n`);
};

function tearingStore(folder: string, last: number): ByteStore {
  let pieces = 0;
  return {
    ...nodeStore(folder),
    put: async (name, data) => {
      const file = openSync(join(folder, name), 'w');
      for await (const piece of piecesOf(data).pieces) {
        for (let at = 0; at < piece.byteLength; at += TORN) {
          const part = piece.subarray(at, at + TORN);
          if (pieces++ === last) {
            writeSync(file, part, 0, Math.floor(part.byteLength / 2));
            process.kill(process.pid, 'SIGKILL');
          }
          writeSync(file, part);
        }
      }
      fsyncSync(file);
      closeSync(file);
    },
  };
}

const { engine, load, events } = await openTestEngine(await openNodeGpu(), model!, {
  files: tearingStore(files!, fatal === undefined ? Number.POSITIVE_INFINITY : Number(fatal)),
});
await load();
const emit = engine.emit;
engine.emit = (event) => {
  emit(event);
  if (event.type === 'step') {
    const { step_time: _t, tokens_per_second: _r, ...same } = event.metrics;
    say('step', same);
  }
  if (event.type === 'saved') say('saved', event);
};
say('ready', { resumes: engine.resumable !== null, kept: engine.adapter !== null });
if (engine.resumable) await resume(engine);
else await train(engine, tinySettings());
say('done', events.flatMap((e) => (e.type === 'run' ? [e.run?.evals] : [])).at(-1));
process.exit(0);
