/** Labels of a prompt stand with what they are the labels of. */
import { expect, it } from 'vitest';
import { languageStrings } from '../lib/cross-lingual/index.ts';
import { studentTurn, teacherTurn } from '../lib/cross-lingual/turns.ts';
import { promptBlocks } from './prompt-blocks.ts';

const strings = languageStrings.SW!;
const text = { problem: 'Ngapi?', problem_english: 'How many?', solution_english: '42' };

it('the student’s: its problem with the label, and the instruction', () => {
  const blocks = promptBlocks(studentTurn(text, strings));
  expect(blocks.map(({ part, text: own }) => [part, own])).toEqual([
    ['problem', 'Ngapi?'],
    ['instruction', strings.student_instruction],
  ]);
  expect(blocks[0]!.pieces.map((piece) => piece.text)).toEqual(['Swali: ', 'Ngapi?']);
});

it('the teacher’s: marks before and after the solution stand with it', () => {
  const blocks = promptBlocks(teacherTurn(text, strings, { include_problem_en: true, include_reference_solution_en: true }));
  expect(blocks.map(({ part }) => part)).toEqual(['problem', 'problem_english', 'solution_english', 'instruction', 'instruction']);
  expect(blocks[2]!.pieces.map((piece) => piece.text.trim())).toEqual([
    `${strings.labels.solution_english}:\n${strings.labels.ref_begin}`,
    '42',
    strings.labels.ref_end,
  ]);
  const pieces = blocks.flatMap((block) => block.pieces.map((piece) => piece.text));
  expect(pieces.join('')).toBe(
    teacherTurn(text, strings, { include_problem_en: true, include_reference_solution_en: true })
      .map((one) => one.text)
      .join(''),
  );
});
