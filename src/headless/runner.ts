/**
 * What a verb is handed: the GPU (opened when first asked for, so that `plan` and `render` need none), where results go, and when to stop.
 * Standard output carries results only; notes about progress go to standard error.
 */
import { Gpu } from '../engine/gpu/device.ts';
import { openNodeGpu } from './adapter.ts';

export interface Runner {
  gpu(): Promise<Gpu>;
  /** A result, for standard output. */
  print(text: string): void;
  /** Progress, for standard error. */
  note(text: string): void;
  /** Set when the user interrupts; a training run then ends and keeps its adapter. */
  readonly signal: AbortSignal;
}

export interface ProcessRunner extends Runner {
  close(): void;
}

export function processRunner(): ProcessRunner {
  let opened: Promise<Gpu> | undefined;
  let gpu: Gpu | undefined;
  const control = new AbortController();
  const interrupt = (): void => {
    if (control.signal.aborted) process.exit(130); // asked twice
    control.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    gpu: () => {
      opened ??= openNodeGpu()
        .then((node) => Gpu.open(node))
        .then((found) => {
          gpu = found;
          return found;
        });
      return opened;
    },
    print: (text) => process.stdout.write(`${text}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
    signal: control.signal,
    close: () => gpu?.close(),
  };
}
