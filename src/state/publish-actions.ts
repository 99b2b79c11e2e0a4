/** Publishing on the Hub: the form, what it would send, and sending it. The token lasts as long as the page and is stored nowhere. */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import type { PublishPlan, PublishResult, PublishWhat } from '../protocol/publishing.ts';
import { onOtherAdapter } from './facts.ts';
import { HUGGING_FACE } from './hub.ts';
import { attempt, dismiss } from './pending.ts';

export interface PublishState {
  open: boolean;
  what: PublishWhat;
  repository: string;
  endpoint: string;
  token: string;
  /** `existing` adds to a repository that is there. */
  into: 'private' | 'public' | 'existing';
  /** Of `what` and the adapter as it is. */
  plan: PublishPlan | null;
  result: PublishResult | null;
}

const initial: PublishState = {
  open: false,
  what: { kind: 'adapter' },
  repository: '',
  endpoint: HUGGING_FACE,
  token: '',
  into: 'private',
  plan: null,
  result: null,
};

export const publishStore = createStore<PublishState>(() => initial);

/** A plan and a result are about the adapter that was there. */
export function runPublishWatch(): void {
  onOtherAdapter(() => publishStore.setState({ open: false, plan: null, result: null }));
}

/** What is typed; an error was about what was there before. */
export function changePublish(values: Partial<PublishState>): void {
  dismiss('publish');
  publishStore.setState({ ...values, result: null });
}

export async function planPublish(what: PublishWhat): Promise<void> {
  changePublish({ open: true, what, plan: null });
  const plan = await attempt('runs', 'publish-plan', () => engine().planPublish(what));
  if (plan && publishStore.getState().what === what) publishStore.setState({ plan });
}

export async function publish(): Promise<void> {
  const { what, repository, endpoint, token, into } = publishStore.getState();
  publishStore.setState({ result: null });
  const result = await attempt('runs', 'publish', () =>
    engine().publish({
      what,
      repository: repository.trim(),
      endpoint: endpoint.trim().replace(/\/+$/, ''),
      token: token.trim(),
      visibility: into === 'existing' ? null : into,
    }),
  );
  if (result) publishStore.setState({ result, token: '' });
}
