/** Templates in a worker of their own, which is ended when a rendering takes longer than the limit; the next one starts another. */
import { MotherTongueError } from '../../lib/errors.ts';
import { LIMIT_MILLISECONDS, type Rendering, type TemplateRequest, type TemplateRunner } from './run-template.ts';

/** From the worker: null once it has loaded, then one answer a request. */
export type TemplateReply = readonly Rendering[] | null;

/** Time for the worker's script to load. */
const START_MILLISECONDS = 30_000;

export function templatesInWorker(createWorker: () => Worker): TemplateRunner {
  let worker: Promise<Worker> | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  const run = async (request: TemplateRequest): Promise<readonly Rendering[]> => {
    worker ??= started(createWorker());
    const running = worker;
    try {
      return await answered(await running, request);
    } catch (error) {
      worker = null;
      running.then((one) => one.terminate()).catch(() => undefined); // one that never started has nothing to end
      throw error;
    }
  };
  return (request) => {
    const answer = turn.then(() => run(request));
    turn = answer.catch(() => undefined); // each caller gets its own error
    return answer;
  };
}

export function tooSlow(): MotherTongueError {
  const seconds = LIMIT_MILLISECONDS / 1000;
  return new MotherTongueError(
    'DatasetError',
    `Chat template did not end within ${seconds} s and was stopped; check it for endless loops.`,
  );
}

export function tooSlowAgain(times: number): MotherTongueError {
  const seconds = LIMIT_MILLISECONDS / 1000;
  return new MotherTongueError(
    'DatasetError',
    `Chat template did not end within ${seconds} s ${times} times in a row and is not run again; check it for endless loops, then open the model anew.`,
  );
}

async function started(worker: Worker): Promise<Worker> {
  try {
    await reply(worker, START_MILLISECONDS, 'The worker for chat templates did not start; reload the page and try again.');
    return worker;
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

async function answered(worker: Worker, request: TemplateRequest): Promise<readonly Rendering[]> {
  const answer = reply(worker, LIMIT_MILLISECONDS, tooSlow().message);
  worker.postMessage(request);
  return (await answer) ?? [];
}

function reply(worker: Worker, milliseconds: number, late: string): Promise<TemplateReply> {
  const control = new AbortController();
  return new Promise<TemplateReply>((resolve, reject) => {
    const fail = (message: string): void => reject(new MotherTongueError('DatasetError', message));
    const timer = setTimeout(() => fail(late), milliseconds);
    const listen = { signal: control.signal };
    control.signal.addEventListener('abort', () => clearTimeout(timer));
    worker.addEventListener('message', ({ data }: MessageEvent<TemplateReply>) => resolve(data), listen);
    worker.addEventListener(
      'error',
      ({ message }) => fail(`Chat template stopped with an error (${message || 'its script did not load'}).`),
      listen,
    );
  }).finally(() => control.abort());
}
