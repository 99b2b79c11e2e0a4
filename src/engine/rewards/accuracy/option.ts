/** The option of a multiple choice: "B", "(B)", "B) 7", "B: the second one", "option B", "选B". */
import type { Option } from './value.ts';

const BEFORE =
  /^(?:(?:the )?(?:correct )?(?:option|choice|answer|opción|opção|opzione|antwort|réponse|optie|opcja|вариант|ответ|chaguo|lựa chọn|đáp án|phương án|seçenek|şık|pilihan|विकल्प|বিকল্প|الخيار|گزینه|آپشن|ข้อ|选项|选择|選択肢|选|選)\s*:?\s*)/iu;

export function readOption(text: string): Option | null {
  const plain = text
    .replaceAll(/\\(?:text|textbf|mathrm|mathbf|textrm|mathsf)\s*\{([^{}]*)\}/g, '$1')
    .replaceAll(/^[\s$*{]+|[\s$*}.]+$/g, '')
    .replace(BEFORE, '');
  const [, bracketed, letter, rest = ''] = /^(?:[([]\s*([A-Ja-j])\s*[)\]]|([A-J])(?=$|\s*[).:]|选项))\s*[).:]*\s*(.*)$/s.exec(plain) ?? [];
  const found = bracketed ?? letter;
  if (found === undefined || /^[=<>+*/^_,-]/.test(rest)) return null;
  return { kind: 'option', letter: found.toUpperCase(), rest: rest.replace(/^选项/, '').trim() };
}
