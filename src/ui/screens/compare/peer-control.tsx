/** A second model beside ours: any ONNX causal language model that transformers.js runs, from a folder or the Hub. */
import { Button, Checkbox, Group } from '@mantine/core';
import { withVisible } from '../../../lib/invisible.ts';
import { compareStore } from '../../../state/compare.ts';
import { removePeer } from '../../../state/compare-actions.ts';
import { PeerLoader } from '../../parts/peer-loader.tsx';
import { useCompare, useFacts } from '../../use.ts';

export function PeerControl() {
  const peer = useFacts((f) => f.peer);
  const on = useCompare((c) => c.usePeer);
  if (peer) {
    return (
      <Group gap="xs">
        <Checkbox
          size="xs"
          label={`And ${withVisible(peer)}`}
          checked={on}
          onChange={(event) => compareStore.setState({ usePeer: event.currentTarget.checked })}
          data-testid="use-peer"
        />
        <Button size="compact-xs" variant="default" onClick={() => void removePeer()}>
          Remove
        </Button>
      </Group>
    );
  }
  return (
    <PeerLoader
      label="Add a peer model"
      words="Any ONNX language model that transformers.js runs can answer the same question beside ours."
    />
  );
}
