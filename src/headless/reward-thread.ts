/** The thread that judges under Node: one of the three kinds, by what it is started with (reward-threads.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import { type EvaluationTask, taskHere } from '../engine/evaluate/judging-thread.ts';
import { type JudgeQuestion, judgeHere } from '../engine/rewards/judge.ts';
import { ownThread } from '../engine/rewards/own/thread.ts';
import { pythonThread } from '../engine/rewards/python/thread.ts';

const port = parentPort!;
const post = (message: unknown): void => port.postMessage(message);

if (workerData === 'judge') {
  port.on('message', async (asked: JudgeQuestion | EvaluationTask) => post(await ('task' in asked ? taskHere(asked) : judgeHere(asked))));
  post(null);
} else {
  const handle = workerData === 'own' ? ownThread(post) : pythonThread(post);
  port.on('message', (data: unknown) => void handle({ data }));
}
