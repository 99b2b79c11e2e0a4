/** Chat templates under Node: on this thread, ended by V8 where they take longer than the limit. */
import { createContext, Script } from 'node:vm';
import { LIMIT_MILLISECONDS, type Rendering, runTemplate, type TemplateRunner } from '../engine/chat/run-template.ts';
import { tooSlow } from '../engine/chat/templates-in-worker.ts';

const script = new Script('run()');

/** V8 ends whatever runs inside, functions from outside included. */
export const nodeTemplates: TemplateRunner = async (request) => {
  let result: Rendering[] = [];
  const context = createContext({
    run: () => {
      result = runTemplate(request);
    },
  });
  try {
    script.runInContext(context, { timeout: LIMIT_MILLISECONDS });
    return result;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw tooSlow();
    throw error;
  }
};
