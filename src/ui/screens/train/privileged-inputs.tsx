/** For rows without a problem in several languages: the column that the teacher alone sees, chosen by hand, and how it is put to it. */
import { Button, Group, Select, Text, Textarea } from '@mantine/core';
import { distillationDefaults } from '../../../protocol/distillation.ts';
import { bundledProblems } from '../../../state/bundled-problems.ts';
import { readDataset } from '../../../state/data-actions.ts';
import { problemAt, setSetting } from '../../../state/settings.ts';
import { foreign } from '../../parts/foreign.tsx';
import { useBusy, useFacts, useSettings } from '../../use.ts';
import classes from './prompts.module.css';

/** Columns listed at once; the others are found by typing their names. */
const SHOWN = 100;

export function PrivilegedInputs() {
  const bundled = useFacts((f) => f.model?.source === 'bundled');
  const reading = useBusy('read-dataset');
  const columns = useFacts((f) => f.dataset?.columns) ?? [];
  const model = useFacts((f) => f.model);
  const { privileged_context, teacher_prompt_template } = useSettings((s) => s.settings.distillation ?? distillationDefaults);
  const problem = useSettings((s) => problemAt(s.settings, model, 'distillation.teacher_prompt_template'));
  const column = columns.find((one) => one.toLowerCase() === privileged_context.toLowerCase());
  const unused = ['{prompt}', '{privileged_context}'].filter((name) => !teacher_prompt_template.includes(name));
  return (
    <div className={classes.byHand} data-testid="privileged">
      {bundled && (
        <Group gap="xs">
          <Button
            size="compact-sm"
            variant="default"
            loading={reading}
            onClick={() => void readDataset(bundledProblems('copsd'))}
            data-testid="bundled-problems"
          >
            Open the bundled problems in Swahili
          </Button>
          <Text size="xs" c="dimmed">
            Sums in number words with English solutions, in the bundled model’s own languages.
          </Text>
        </Group>
      )}
      <Text size="sm" className="reading">
        This dataset has no problems in several languages. Choose what the teacher alone sees of a row: a hint, a worked solution, a
        document.
      </Text>
      <Select
        size="xs"
        label="Column for the teacher"
        description={<span className={classes.name}>privileged_context</span>}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        placeholder="Choose a column"
        data={columns}
        searchable={columns.length > SHOWN}
        limit={SHOWN}
        value={column ?? null}
        allowDeselect={false}
        onChange={(value) => value !== null && setSetting('distillation.privileged_context', value)}
        data-testid="setting-privileged_context"
      />
      <Textarea
        size="xs"
        label="Teacher’s question"
        description={
          <>
            <span className={classes.name}>teacher_prompt_template</span> {'{prompt}'} is the question, {'{privileged_context}'} the column.
          </>
        }
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        autosize
        minRows={3}
        maxRows={10}
        value={teacher_prompt_template}
        {...foreign(teacher_prompt_template)}
        error={problem || (unused.length > 0 ? `It lacks ${unused.join(' and ')}, so the teacher does not see that.` : undefined)}
        onChange={(event) => setSetting('distillation.teacher_prompt_template', event.currentTarget.value)}
        data-testid="setting-teacher_prompt_template"
      />
    </div>
  );
}
