/**
 * The grid of answers: a column per language, with base above adapter above peer; where both modes are asked, a cell for each beside the other. All
 * cells have one height, so that rows align, and so that base and adapter are seen together in a window of 720 pixels.
 */
import { Paper, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { AskRequest } from '../../../protocol/generation.ts';
import { gridOf } from '../../../state/compare.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { LanguageDot, LanguageTitle } from '../../parts/language-chip.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useCompare, useFacts } from '../../use.ts';
import { Cell } from './cell.tsx';
import { besides } from './cell-labels.ts';
import classes from './compare.module.css';
import { Reader } from './reader.tsx';

export function Answers() {
  const request = useCompare((c) => c.request);
  const peer = useFacts((f) => f.peer);
  const adapter = useFacts((f) => f.adapter);
  if (!request) {
    return (
      <Paper className="panel" p="lg" data-testid="compare-empty">
        <Text size="sm" className="reading">
          {adapter
            ? 'Ask a question. Each column asks it with another reasoning language; the base model is above the adapter.'
            : 'Ask a question. The base model reasons in English whatever language is requested. Train an adapter to change that.'}
        </Text>
      </Paper>
    );
  }
  return <Grid key={request.id} request={request} peer={peer} />;
}

function Grid({ request, peer }: { request: AskRequest; peer: string | null }) {
  const question = useCompare((c) => c.question.trim());
  const [reading, setReading] = useState<string[]>([]);
  const box = useRef<HTMLElement>(null);
  const { languages, rows, cells, of } = gridOf(request);
  const asked = request.conversation.messages[0]?.content ?? '';
  return (
    <div>
      {/* The question stands in its box until another is written there. */}
      <Text size="sm" mb={2} data-testid="asked" className={question === asked ? 'visually-hidden' : undefined}>
        <Text component="span" c="dimmed" size="sm">
          Asked:{' '}
        </Text>
        <Foreign text={asked} />
      </Text>
      <Pager languages={languages} box={box} />
      <Scroll
        className={classes.grid}
        label="Answers by reasoning language"
        testId="answers"
        ref={box}
        style={{ '--rows': rows, '--cells': cells } as React.CSSProperties}
      >
        {languages.map((language) => (
          <div key={language} className={classes.column} data-testid={`column-${language || 'none'}`}>
            <div className={classes.head}>
              <LanguageDot language={language} />
              <LanguageTitle language={language} />
            </div>
            {of(language).map((row) =>
              row.map((column) => (
                <Cell
                  key={column.id}
                  request={request}
                  column={column}
                  peer={peer}
                  wide={row.length < cells}
                  enlarge={(id) => setReading(besides(request, id))}
                />
              )),
            )}
          </div>
        ))}
      </Scroll>
      <Reader request={request} peer={peer} columns={reading} onChange={setReading} />
    </div>
  );
}

/** On a narrow screen one column is seen at a time: swiped, or brought here by name. */
function Pager({ languages, box }: { languages: string[]; box: React.RefObject<HTMLElement | null> }) {
  const [at, setAt] = useState(0);
  useEffect(() => {
    const grid = box.current;
    if (!grid) return;
    const look = () => {
      const reach = grid.scrollWidth - grid.clientWidth;
      setAt(reach <= 0 ? 0 : Math.round((grid.scrollLeft / reach) * (grid.childElementCount - 1)));
    };
    grid.addEventListener('scroll', look, { passive: true });
    return () => grid.removeEventListener('scroll', look);
  }, [box]);
  if (languages.length < 2) return null;
  return (
    <nav className={classes.pager} aria-label="Columns" data-testid="pager">
      {languages.map((language, index) => (
        <button
          key={language}
          type="button"
          aria-current={index === at}
          onClick={() => box.current?.children[index]?.scrollIntoView({ inline: 'center', block: 'nearest' })}
        >
          <LanguageDot language={language} />
          {language || 'None requested'}
        </button>
      ))}
    </nav>
  );
}
