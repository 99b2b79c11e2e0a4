/**
 * Error boundaries: what throws while it is drawn takes down nothing around it. A broken place says what happened, what is safe and the next step,
 * while header, run strip and the other places go on; the outermost one stands around the whole page. The engine runs in its worker all the while.
 */
import { Alert, Anchor, Button, Code, CopyButton, Group, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ErrorBoundary, type FallbackProps } from 'react-error-boundary';
import { isRunning } from '../../state/facts.ts';
import type { Place } from '../../state/pending.ts';
import { Failure } from '../parts/failure.tsx';
import { hashOf, PLACES } from '../router.ts';
import { useFacts } from '../use.ts';

/** Around one place; going to another one and back draws it again. */
export function PlaceBoundary({ place, children }: { place: Place; children: ReactNode }) {
  const title = PLACES.find((one) => one.place === place)?.title ?? place;
  return (
    <ErrorBoundary resetKeys={[place]} fallbackRender={(props) => <Broken {...props} what={title} place={place} />}>
      {children}
    </ErrorBoundary>
  );
}

/** Around a part of the frame: a line in its stead. */
export function PartBoundary({ what, children }: { what: string; children: ReactNode }) {
  return <ErrorBoundary fallbackRender={(props) => <BrokenPart {...props} what={what} />}>{children}</ErrorBoundary>;
}

/** Around everything. */
export function PageBoundary({ children }: { children: ReactNode }) {
  return (
    <ErrorBoundary
      fallbackRender={(props) => (
        <main style={{ padding: 16 }}>
          <Broken {...props} what="This page" />
        </main>
      )}
    >
      {children}
    </ErrorBoundary>
  );
}

/** A part of the page that was not fetched stays missing until the page is loaded again. */
const NOT_FETCHED = /dynamically imported module|importing a module script failed|error loading/i;

/** Drawings that failed, by what was drawn: trying again once is worthwhile, more often is not. */
const tried = new Set<string>();

interface BrokenProps extends FallbackProps {
  what: string;
  /** null: the whole page. */
  place?: Place;
}

function Broken({ error, resetErrorBoundary, what, place }: BrokenProps) {
  const running = useFacts((f) => isRunning(f.run?.phase));
  const message = error instanceof Error ? error.message : String(error);
  const missing = NOT_FETCHED.test(message);
  const [again] = useState(() => tried.has(what));
  const reload = missing || again;
  const others = PLACES.filter((one) => one.place !== place);
  return (
    <>
      <Title order={1} className="visually-hidden">
        {what}
      </Title>
      <Failure
        title={missing ? `${what} could not be fetched from the server` : `${what} cannot be shown`}
        styles={{ body: { minWidth: 0 } }}
        data-testid="broken"
      >
        <Text size="sm" className="reading">
          {missing ? 'Check that the server of this page still runs.' : 'Something in it failed while it was drawn.'}{' '}
          {running ? 'The run goes on; ' : ''}
          {reload && running ? 'reloading stops it after its last saved step, from where it can be resumed. ' : ''}
          {running ? 'your' : 'Your'} dataset, settings and adapter are kept.
        </Text>
        <Group gap="xs" mt="sm">
          {reload ? (
            <Button size="xs" onClick={() => location.reload()}>
              Reload the page
            </Button>
          ) : (
            <Button
              size="xs"
              onClick={() => {
                tried.add(what);
                resetErrorBoundary();
              }}
            >
              Try again
            </Button>
          )}
          {place && (
            <Text size="sm">
              or open{' '}
              {others.map(({ place: other, title }, i) => (
                <span key={other}>
                  {i > 0 && ', '}
                  <Anchor href={hashOf(other)}>{title}</Anchor>
                </span>
              ))}
            </Text>
          )}
        </Group>
        <Details error={error} />
      </Failure>
    </>
  );
}

function BrokenPart({ error, resetErrorBoundary, what }: FallbackProps & { what: string }) {
  return (
    <Alert
      role="alert"
      variant="outline"
      color="red"
      bg="var(--panel)"
      m="xs"
      p="xs"
      title={`${what} cannot be shown`}
      data-testid="broken-part"
    >
      <Text size="sm">Everything else goes on.</Text>
      <Group gap="xs" mt={6}>
        <Button size="compact-xs" variant="default" onClick={resetErrorBoundary}>
          Try again
        </Button>
        <CopyDetails error={error} />
      </Group>
    </Alert>
  );
}

/** A plain disclosure: what draws an error must not fail itself. */
function Details({ error }: { error: unknown }) {
  return (
    <details style={{ marginTop: 12 }}>
      <summary>Details</summary>
      <Code block mt="xs" fz="xs" mah={180} style={{ overflow: 'auto', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }} tabIndex={0}>
        {detailsOf(error)}
      </Code>
      <Group mt="xs">
        <CopyDetails error={error} />
      </Group>
    </details>
  );
}

function CopyDetails({ error }: { error: unknown }) {
  return (
    <CopyButton value={detailsOf(error)}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="default" onClick={copy}>
          {copied ? 'Copied' : 'Copy details'}
        </Button>
      )}
    </CopyButton>
  );
}

function detailsOf(error: unknown): string {
  const { stack, message } = error instanceof Error ? error : { stack: undefined, message: String(error) };
  return `${location.href}\n${navigator.userAgent}\n${stack?.includes(message) ? stack : `${message}\n${stack ?? ''}`}`.trim();
}
