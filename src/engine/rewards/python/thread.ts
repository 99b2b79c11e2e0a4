/** The thread's side of a Python interpreter: the first message starts it, the second is its program. */
import { type Interpreter, type Program, type PythonStart, startPython } from './interpreter.ts';

/** Handles messages: answers a start with the snapshot, or null, and a program with its result. */
export function pythonThread(post: (message: unknown) => void): (event: { readonly data: unknown }) => Promise<void> {
  let python: Interpreter | null = null;
  return async ({ data }) => {
    if (python) return post(python.run(data as Program));
    python = await startPython(data as PythonStart);
    post(python.snapshot);
  };
}
