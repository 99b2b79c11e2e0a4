/** The training methods by name: the one place where a method is named outside its own file. */
import { distillation } from './distillation/distillation.ts';
import { grpo } from './grpo/grpo.ts';
import type { Method, MethodInput } from './method.ts';
import { sft } from './sft.ts';

export const methods: Record<string, (input: MethodInput) => Method> = { sft, grpo, distillation };

/** Whether a method learns from answers of the model's own to prompts, and not from rows. */
export function learnsFromAnswers(method: string | undefined): boolean {
  return method === 'grpo' || method === 'distillation';
}
