/**
 * A model from the Hub: which one, from a list, a search or by its name, whether it fits, and the way to get it. The form keeps its text whatever happens; a model with a
 * built-in config (gpt-oss-20b) is planned before any request.
 */
import { Anchor, Button, Collapse, Grid, Group, Paper, PasswordInput, SimpleGrid, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { knownConfig } from '../../../lib/known-models.ts';
import { freshHub, HUGGING_FACE, type HubState, hubProblems, isAbout, readAddress } from '../../../state/hub.ts';
import { lookAtHub, writeHub } from '../../../state/hub-actions.ts';
import { shapeOf } from '../../../state/model-config.ts';
import { triedSettings } from '../../../state/planning.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { Notices } from '../../parts/notices.tsx';
import { GpuSize, Planner } from '../../parts/planner.tsx';
import { useBusy, useHub, useHubSearch, usePlanning, useSettings } from '../../use.ts';
import { HubOfferView, plannedAs } from './hub-offer.tsx';
import { Findings, SEARCH_ACTIONS, SearchForm } from './hub-search.tsx';
import classes from './model.module.css';
import { ModelList } from './model-list.tsx';
import { RecipeChoice } from './recipe-choice.tsx';

/** Errors of these actions are shown here while the panel is open. */
const OFFER_ACTIONS = ['hub-offer', 'load-hub', 'pause-download'];
export const HUB_ACTIONS = [...OFFER_ACTIONS, ...SEARCH_ACTIONS];

export function HubPanel() {
  const open = useHub((h) => h.open);
  if (!open) return null;
  return (
    <Paper className="panel" p="md" id="hub-panel" data-testid="hub-panel">
      <Group justify="space-between" gap="xs" mb={4}>
        <Title order={2}>Choose a model</Title>
        <GpuSize />
      </Group>
      <Choices />
      <hr className={classes.rule} />
      <Grid gap="xl" id={TAKEN}>
        <Subject />
      </Grid>
    </Paper>
  );
}

/** Where the chosen model stands: below what it was chosen from. */
const TAKEN = 'hub-taken';

/** The known models, or what a search found. */
function Choices() {
  const bytes = usePlanning((p) => p.gpu_bytes);
  const { found } = useHubSearch();
  const take = (repository: string): void => {
    writeHub({ repository, revision: 'main' });
    document.getElementById(TAKEN)?.scrollIntoView({ block: 'nearest' });
  };
  const lookAt = (repository: string): void => {
    take(repository);
    void lookAtHub();
  };
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm" className="reading">
        {bytes === null
          ? 'Trains: the smallest GPU on which LoRA works. State the memory of yours, to see how long rows may be.'
          : 'Trains: the longest rows, in tokens, with LoRA r 16 on all linear weights and one row at a time, as the model is published.'}
      </Text>
      <SearchForm />
      {found ? <Findings found={found} onChoose={lookAt} /> : <ModelList onChoose={take} />}
    </>
  );
}

/** Left the form and the Hub's offer, right whether it fits: by the offer's config, or by a built-in one. */
function Subject() {
  const hub = useHub((h) => h);
  const offer = isAbout(hub.offer, hub) ? hub.offer : null;
  const config = offer?.config ?? knownConfig(hub.repository);
  const wrong = <Notices place="model" only={OFFER_ACTIONS} />;
  return (
    <>
      <Grid.Col span={{ base: 12, md: 5 }}>
        <Title order={3} mb={6}>
          Model to open
        </Title>
        <HubForm />
        <hr className={classes.rule} />
        {offer ? (
          <HubOfferView offer={offer}>{wrong}</HubOfferView>
        ) : (
          <>
            <Text size="sm" c="dimmed" mb="sm">
              Look downloads its small files only: what it is, how much has to be downloaded, and whether the browser has space for it.
            </Text>
            {wrong}
          </>
        )}
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 7 }}>
        {config ? (
          <OfferPlanner repository={hub.repository.trim()} about={plannedAs(hub.repository, offer)} config={config} />
        ) : (
          <Text size="sm" c="dimmed">
            Look first, to see whether it fits.
          </Text>
        )}
      </Grid.Col>
    </>
  );
}

function OfferPlanner({ repository, about, config }: { repository: string; about: string; config: Record<string, unknown> }) {
  const recipe = usePlanning((p) => p.recipe);
  const tried = usePlanning((p) => p.tried);
  const current = useSettings((s) => s);
  const shape = shapeOf(config);
  return (
    <Planner
      subject="offered"
      about={about}
      config={config}
      settings={triedSettings(shape, current, { recipe, tried })}
      context={shape.context}
      title={`Does ${repository.split('/').at(-1)} fit?`}
      source={<RecipeChoice family={shape.family} />}
    />
  );
}

function HubForm() {
  const hub = useHub((h) => h);
  const looking = useBusy('hub-offer');
  const [more, setMore] = useState(() => hub.endpoint !== HUGGING_FACE);
  const [asked, setAsked] = useState(false);
  const problems = hubProblems(hub);
  const problemOf = (name: keyof typeof problems) => (asked ? problems[name] : undefined);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (problems.endpoint) setMore(true);
        if (Object.keys(problems).length === 0) void lookAtHub();
      }}
    >
      <div className={classes.form}>
        <TextInput
          size="xs"
          label="Repository"
          value={hub.repository}
          placeholder="openai/gpt-oss-20b"
          error={problemOf('repository')}
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => {
            const text = event.currentTarget.value;
            writeHub(readAddress(text) ?? { repository: text });
          }}
          data-testid="hub-repository"
        />
        <TextInput
          size="xs"
          label="Revision"
          value={hub.revision}
          placeholder="main"
          error={problemOf('revision')}
          spellCheck={false}
          onChange={(event) => writeHub({ revision: event.currentTarget.value })}
          data-testid="hub-revision"
        />
        <Button size="xs" type="submit" variant="default" loading={looking} data-testid="hub-look">
          Look
        </Button>
      </div>
      <MoreButton label="More: mirror and token" open={more} onClick={() => setMore(!more)} testId="hub-more" />
      <Collapse expanded={more} keepMounted={false}>
        <MoreFields hub={hub} problem={problemOf('endpoint')} />
      </Collapse>
    </form>
  );
}

function MoreFields({ hub, problem }: { hub: HubState; problem: string | undefined }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" mt={6}>
      <TextInput
        size="xs"
        label="Endpoint"
        description={
          <>
            The Hub itself, or a mirror with the same API.{' '}
            {hub.endpoint !== HUGGING_FACE && (
              <Anchor component="button" type="button" size="xs" onClick={() => writeHub({ endpoint: freshHub.endpoint })}>
                Back to Hugging Face
              </Anchor>
            )}
          </>
        }
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        value={hub.endpoint}
        error={problem}
        spellCheck={false}
        onChange={(event) => writeHub({ endpoint: event.currentTarget.value })}
        data-testid="hub-endpoint"
      />
      <PasswordInput
        size="xs"
        label="Access token"
        description="For gated or private repositories. Sent to this endpoint only and never stored."
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        value={hub.token}
        autoComplete="off"
        onChange={(event) => writeHub({ token: event.currentTarget.value })}
        data-testid="hub-token"
      />
    </SimpleGrid>
  );
}
