/**
 * Runs the programs of completions, each in an interpreter of its own that is ended afterwards, however the program ended. While one runs the next interpreter
 * starts. The first start takes seconds; a snapshot of its memory makes every later one take a fraction of that.
 */
import type { Verdict } from '../../../protocol/rewards.ts';
import { codeBlockOf } from '../code-block.ts';
import { type RewardSettings, type Sample, verdict } from '../reward.ts';
import { type Thread, Watched } from '../thread.ts';
import type { ProgramResult, PythonFiles, PythonStart } from './interpreter.ts';

export interface PythonPlace {
  files(): Promise<PythonFiles>;
  thread(): Thread;
}

type Started = Promise<Watched<ProgramResult>>;

export class Programs {
  private files: Promise<PythonFiles> | null = null;
  private snapshot: Promise<Uint8Array<ArrayBuffer>> | null = null;
  private spare: { readonly memory: number; readonly thread: Started } | null = null;
  private closed = false;

  constructor(private readonly place: PythonPlace) {}

  async judge({ answer, row }: Sample, { timeout_s, memory_mb }: RewardSettings): Promise<Verdict> {
    const tests = row.tests ?? [];
    const code = codeBlockOf(answer);
    if (code === null) return tests.length === 0 ? verdict(null, 'The row asks for no code.') : verdict(0, 'The answer has no code block.');
    const memory = memory_mb as number;
    const thread = await (this.spare?.memory === memory ? this.spare.thread : this.start(memory));
    this.spare = { memory, thread: this.start(memory) };
    this.spare.thread.catch(() => undefined); // said where it is used
    const outcome = await thread.ask({ code, tests }, (timeout_s as number) * 1000);
    thread.end();
    if ('late' in outcome) return verdict(0, `It did not end within ${timeout_s} s.`);
    if ('broke' in outcome) return verdict(0, `It breaks the interpreter (${outcome.broke}).`);
    if (outcome.answer !== '') return verdict(0, `It fails: ${outcome.answer}.`);
    return verdict(
      1,
      tests.length === 0 ? 'It runs to its end.' : `It passes ${tests.length === 1 ? 'its test' : `all ${tests.length} tests`}.`,
    );
  }

  close(): void {
    this.closed = true;
    this.spare?.thread.then((thread) => thread.end()).catch(() => undefined); // one that never started has nothing to end
    this.spare = null;
  }

  private async start(memory_mb: number): Started {
    this.files ??= this.place.files();
    const files = await this.files;
    this.snapshot ??= this.makeSnapshot(files);
    const started = this.watched({ ...files, snapshot: await this.snapshot, memory_mb });
    await started.ready;
    if (this.closed) started.end();
    return started;
  }

  private async makeSnapshot(files: PythonFiles): Promise<Uint8Array<ArrayBuffer>> {
    const maker = this.watched({ ...files, snapshot: null, memory_mb: 512 });
    const snapshot = (await maker.ready) as Uint8Array<ArrayBuffer>;
    maker.end();
    return snapshot;
  }

  private watched(start: PythonStart): Watched<ProgramResult> {
    return new Watched<ProgramResult>(this.place.thread(), start);
  }
}
