/** The worker of the plain rewards and of evaluations' figures; it is ended by its caller when a completion takes too long (rewards/score.ts, evaluate/judging-thread.ts). */
import { type EvaluationTask, taskHere } from './evaluate/judging-thread.ts';
import { type JudgeQuestion, judgeHere } from './rewards/judge.ts';

self.addEventListener('message', async ({ data }: MessageEvent<JudgeQuestion | EvaluationTask>) =>
  self.postMessage(await ('task' in data ? taskHere(data) : judgeHere(data))),
);
self.postMessage(null);
