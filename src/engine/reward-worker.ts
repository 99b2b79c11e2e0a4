/** The worker of the plain rewards; it is ended by its caller when a completion takes too long (rewards/score.ts). */
import { type JudgeQuestion, judgeHere } from './rewards/judge.ts';

self.addEventListener('message', async ({ data }: MessageEvent<JudgeQuestion>) => self.postMessage(await judgeHere(data)));
self.postMessage(null);
