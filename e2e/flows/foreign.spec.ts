/**
 * Text of other languages and of strangers: rows, names and questions carry their language and direction, and characters that are not seen but
 * change what is are shown as marks. One opened page for all.
 */
import type { Locator, Page } from '@playwright/test';
import { startingSettings } from '../../src/state/presets.ts';
import { go, open } from './page.ts';
import { capture, expect, test } from './support.ts';

const RLO = '\u202E';
const ROWS = [
  ['Arabic', 'ما هو مجموع 11 و 3؟', 'x = 11 ثم نجمع العددين معًا.', 'المجموع 14.'],
  ['Japanese', '11 足す 3 は？', 'まず二つの数を足します。', '14 です。'],
  ['Persian', 'حاصل چیست؟', 'عددها را جمع می\u200Cکنیم.', '۱۴'],
  ['English', `Open invoice${RLO}fdp.exe now`, 'First\u200B we add\u2066 the two numbers.', 'It is\u00AD 14.'],
  ['Hausa', 'Nawa ne jimla?', 'Da farko muna haɗa lambobi biyu.', 'Sha huɗu.'],
];

const file = {
  name: `rows${RLO}lnosj.jsonl`,
  mimeType: 'application/jsonl',
  buffer: Buffer.from(
    ROWS.map(([reasoning_language, user, analysis, final]) => JSON.stringify({ reasoning_language, user, analysis, final })).join('\n'),
  ),
};

const unseen = (within: Locator) => within.getByTestId('unseen');
const choose = (page: Page, text: string) => page.getByRole('option').filter({ hasText: text }).click({ timeout: 20_000 });

test('rows, names and questions have language and direction; what is not seen is marked', async ({ page }) => {
  await open(page, 'data');
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles(file);
  const head = page.getByTestId('dataset-summary');
  await expect(unseen(head)).toHaveText(['U+202E']);
  await expect(page.getByTestId('trained-words')).toContainText('of 5 rows train');

  const preview = page.getByRole('option').filter({ hasText: 'مجموع' }).locator('[lang]').last();
  await expect(preview).toHaveAttribute('dir', 'rtl');
  await choose(page, 'مجموع');
  const panel = page.getByTestId('row-panel');
  const thought = panel.locator('[data-channel="analysis"] .reading');
  await expect(thought).toHaveAttribute('lang', 'ar');
  await expect(thought, 'although it begins with x').toHaveAttribute('dir', 'rtl');
  await choose(page, '足す');
  await expect(thought).toHaveAttribute('lang', 'ja');
  await expect(thought).toHaveAttribute('dir', 'ltr');
  await choose(page, 'حاصل');
  await expect(thought).toHaveAttribute('lang', 'fa');
  await expect(unseen(panel), 'Persian needs its non-joiner').toHaveCount(0);
  await choose(page, 'invoice');
  await expect(unseen(page.getByRole('option').filter({ hasText: 'invoice' }))).toHaveText(['U+202E']);
  await expect(unseen(panel)).toHaveText(['U+202E', 'U+200B', 'U+2066', 'U+00AD']);
  await expect(unseen(panel).first()).toHaveAttribute('title', 'right-to-left override');
  await capture(page, 'foreign-conversation');
  await page.getByTestId('row-view').getByText('Tokens', { exact: true }).click();
  await expect(page.getByTestId('tokens')).toBeVisible();
  await expect(unseen(page.getByTestId('tokens'))).toHaveText(['U+202E', 'U+200B', 'U+2066', 'U+00AD']);
  await capture(page, 'foreign-tokens');

  await go(page, 'compare');
  const question = page.getByTestId('question');
  await question.fill('ما هو مجموع 11 و 3؟');
  await expect(question).toHaveAttribute('dir', 'rtl');
  await question.fill('首先我们把两个数相加。 まず');
  await expect(question).toHaveAttribute('lang', 'ja');
  await question.fill('How much is it?');
  await expect(question).toHaveAttribute('dir', 'ltr');

  // A run with probes in twenty languages, as an earlier visit left it.
  await page.evaluate(keepRun, runOf(LANGUAGES));
  await page.reload();
  await go(page, 'train');
  const chart = page.getByTestId('chart-reasoning-in-the-requested-language');
  await expect(chart).toBeVisible();
  await expect(chart.getByRole('img')).toHaveAttribute('aria-label', /Swahili 40 %, Zulu/);
  await expect(page.getByTestId('chart-loss').getByRole('img')).toHaveAttribute('aria-label', /not a number at 1 step; saved 2 times/);
  await expect(page.getByTestId('unjudged')).toHaveText(
    'Reasoning in Klingon cannot be judged: not among the languages we can tell apart.',
  );
  await capture(page, 'charts-twenty-languages', { fullPage: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await capture(page, 'charts-phone', { fullPage: true });
  await go(page, 'data');
  await capture(page, 'foreign-phone');
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.evaluate(keepRun, runOf(LANGUAGES.slice(0, 3), 1));
  await page.reload();
  await go(page, 'train');
  await expect(chart).toBeVisible();
  await capture(page, 'charts-one-step');
});

const LANGUAGES = [
  'English|Spanish|French|Italian|German|Portuguese|Dutch|Arabic|Hindi|Bengali|Telugu|Thai|Chinese|Japanese|Swahili|Zulu|Hausa|Igbo|Yoruba|Amharic',
].flatMap((names) => names.split('|'));

/** Steps with a loss that was once not a number, probes every four steps, some of them equal, and two saves. */
function runOf(languages: readonly string[], steps = 24) {
  const metrics = Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    epoch: i / 8,
    loss: i === 9 ? Number.NaN : 0.6 + 2.4 * Math.exp(-i / 6) + 0.05 * Math.sin(3 * i),
    learning_rate: 1e-3 * (1 - i / (steps + 4)),
    grad_norm: 1 + 0.4 * Math.cos(i),
    num_tokens: 900 * (i + 1),
    step_time: 0.5,
    tokens_per_second: 1800,
  }));
  const probe = (step: number) =>
    languages.map((language, i) => ({
      step,
      language,
      question: 'كم عدد أرجل ثلاثة عناكب؟',
      thinking: language === 'Arabic' ? 'للعنكبوت الواحد ثماني أرجل.' : 'The spider has eight legs.',
      content: '24',
      share: i % 7 === 0 ? 0.4 : Math.min(1, (step / 24) * (0.6 + 0.1 * (i % 5))),
    }));
  const probes = steps > 1 ? [4, 8, 12, 16, 20, 24] : [1];
  return {
    id: `planted-${steps}`,
    started: '2026-01-01T00:00:00Z',
    model: 'mini',
    dataset: `rows${RLO}lnosj.jsonl`,
    settings: { ...startingSettings, adherence_languages: [...languages] },
    phase: 'done',
    total_steps: steps,
    metrics,
    evals: [],
    samples: [
      ...probes.flatMap(probe),
      ...(steps > 1 ? [{ ...probe(24)[0]!, language: 'Klingon', share: null, unjudged: 'unknown' }] : []),
    ],
    saves: steps > 1 ? [8, 16] : [],
  };
}

/** In the page: puts the record where the page keeps it. */
async function keepRun(run: object): Promise<void> {
  const database = await new Promise<IDBDatabase>((found, failed) => {
    const request = indexedDB.open('mother-tongue');
    request.onsuccess = () => found(request.result);
    request.onerror = () => failed(request.error);
  });
  const writing = database.transaction('kept', 'readwrite');
  writing.objectStore('kept').put(run, 'run');
  await new Promise((done) => {
    writing.oncomplete = done;
  });
  database.close();
}
