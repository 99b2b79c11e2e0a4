/** The grid of answers: a column per language, with base above adapter above peer; all cells have one height so that rows align. */
import { Paper, Text } from '@mantine/core';
import { gridOf } from '../../../state/compare.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { LanguageDot, LanguageTitle } from '../../parts/language-chip.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useCompare, useFacts } from '../../use.ts';
import { Cell } from './cell.tsx';
import classes from './compare.module.css';

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
  const { languages, sources } = gridOf(request);
  const asked = request.conversation.messages[0]?.content ?? '';
  // A single row of cells has the height of two.
  const single = sources.length === 1;
  const heights = {
    '--thought-height': single ? 'clamp(140px, 28vh, 420px)' : 'clamp(92px, 14vh, 240px)',
    '--answer-height': single ? '110px' : '43px',
  } as React.CSSProperties;
  return (
    <div>
      <Text size="sm" mb={2} data-testid="asked">
        <Text component="span" c="dimmed" size="sm">
          Asked:{' '}
        </Text>
        <Foreign text={asked} />
      </Text>
      <Scroll className={classes.grid} label="Answers by reasoning language" testId="answers" style={heights}>
        {languages.map((language) => (
          <div key={language} className={classes.column} data-testid={`column-${language || 'none'}`}>
            <div className={classes.head}>
              <LanguageDot language={language} />
              <LanguageTitle language={language} />
            </div>
            {sources.map((source) => (
              <Cell key={source} request={request} source={source} language={language} peer={peer} />
            ))}
          </div>
        ))}
      </Scroll>
    </div>
  );
}
