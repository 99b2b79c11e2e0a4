/** The training methods by name: the one place where a method is named outside its own file. */
import type { Method, MethodInput } from './method.ts';
import { sft } from './sft.ts';

export const methods: Record<string, (input: MethodInput) => Method> = { sft };
