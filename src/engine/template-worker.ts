/** The worker that runs chat templates that no format knows; it is ended by its caller when one does not stop (chat/templates-in-worker.ts). */

import { runTemplate, type TemplateRequest } from './chat/run-template.ts';
import type { TemplateReply } from './chat/templates-in-worker.ts';

const say = (reply: TemplateReply): void => self.postMessage(reply);

self.addEventListener('message', ({ data }: MessageEvent<TemplateRequest>) => say(runTemplate(data)));
say(null);
