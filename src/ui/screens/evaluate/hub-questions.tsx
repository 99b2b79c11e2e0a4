/** Questions of a dataset on the Hub: look at what files it has, choose some (a language or a level each), read them as one set. */
import { Button, Checkbox, Group, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatBytes, formatPlural } from '../../../lib/format.ts';
import type { HubDatasetOffer } from '../../../protocol/dataset.ts';
import { hubQuestions } from '../../../state/evaluation-actions.ts';
import { readQuestions } from '../../../state/question-actions.ts';
import { Scroll } from '../../parts/scroll.tsx';
import { useBusy } from '../../use.ts';

export function HubQuestions({ disabled, onDone }: { disabled: boolean; onDone: () => void }) {
  const looking = useBusy('hub-questions');
  const [name, setName] = useState('');
  const [offer, setOffer] = useState<HubDatasetOffer | null>(null);
  const [paths, setPaths] = useState<string[]>([]);
  const look = async (): Promise<void> => {
    const found = await hubQuestions(name.trim());
    setOffer(found ?? null);
    setPaths(found && found.files.length === 1 ? [found.files[0]!.path] : []);
  };
  const open = async (): Promise<void> => {
    if (!offer) return;
    const { repository, endpoint, commit } = offer;
    if (await readQuestions({ kind: 'hub', repository, endpoint, revision: commit, paths })) onDone();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void look();
      }}
    >
      <Group gap="xs" align="flex-end">
        <TextInput
          size="xs"
          label="Or a dataset on the Hub"
          placeholder="owner/name"
          value={name}
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => {
            setName(event.currentTarget.value);
            setOffer(null);
          }}
          style={{ flex: 1 }}
          miw={140}
          data-testid="hub-questions"
        />
        <Button size="xs" variant="default" type="submit" loading={looking} disabled={disabled || name.trim() === ''}>
          Look
        </Button>
      </Group>
      {offer && (
        <div data-testid="hub-questions-files">
          <Text size="xs" c="dimmed" mt={6}>
            {formatPlural(offer.files.length, 'file')} at commit {offer.commit.slice(0, 7)}. Choose those to read as one set.
          </Text>
          <Scroll label="Files of the dataset" style={{ maxHeight: 160, overflow: 'auto' }}>
            <Checkbox.Group value={paths} onChange={setPaths}>
              {offer.files.map(({ path, bytes }) => (
                <Checkbox key={path} size="xs" my={4} value={path} label={`${path}, ${formatBytes(bytes)}`} />
              ))}
            </Checkbox.Group>
          </Scroll>
          <Button size="xs" variant="default" mt={4} disabled={disabled || paths.length === 0} onClick={() => void open()}>
            Read {formatPlural(paths.length, 'file')}
          </Button>
        </div>
      )}
    </form>
  );
}
