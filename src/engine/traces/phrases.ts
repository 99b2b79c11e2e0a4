/**
 * How refusals and thoughts that lean on a solution they were shown say so, in many languages. Words of a refusal are one only where there is no right answer;
 * words of a shown solution make a trace suspicious and no more. The lists were written by a language model and read by no speaker of most of them.
 */

/** Refusals begin with it or soon say it. */
const READ = 600;

const REFUSALS = [
  String.raw`\bi(?:'m| am) (?:sorry|unable|not able)|\bi (?:can(?:not|'t)|won't|will not|must decline)|\b(?:can(?:not|'t)|unable to) (?:help|assist|answer|comply)|\bas an ai\b`,
  String.raw`tut mir leid|(?:kann|darf|möchte|werde) (?:ich )?(?:[\p{L}]+ ){0,6}nicht (?:\p{L}+ )?(?:helfen|beantworten|antworten|weiterhelfen|unterstützen)|als (?:ki|sprachmodell)\b`,
  String.raw`désolée?(?!\p{L})|je ne (?:peux|puis|suis) pas (?:[\p{L}']+ ){0,5}(?:aider|répondre|mesure)|en tant qu['e ]+ia\b`,
  String.raw`lo siento|no puedo (?:[\p{L}]+ ){0,4}(?:ayudar|responder|contestar)|como (?:una )?ia\b`,
  String.raw`mi dispiace|non posso (?:[\p{L}]+ ){0,4}(?:aiutar|rispondere)`,
  String.raw`(?:desculpe|lamento|sinto muito)|não posso (?:[\p{L}]+ ){0,4}(?:ajudar|responder)`,
  String.raw`het spijt me|(?:kan|mag) ik (?:[\p{L}]+ ){0,5}niet (?:helpen|beantwoorden)`,
  String.raw`извините|к сожалению|(?:не могу|не буду) (?:[\p{L}]+ ){0,4}(?:помочь|ответить|отвечать)`,
  String.raw`вибачте|на жаль|не можу (?:[\p{L}]+ ){0,4}(?:допомогти|відповісти)`,
  String.raw`przykro mi|przepraszam|nie mogę (?:[\p{L}]+ ){0,4}(?:pomóc|odpowiedzieć)`,
  'üzgünüm|yardımcı olamam|cevaplayamam|yanıtlayamam',
  'xin lỗi|không thể (?:giúp|trả lời|hỗ trợ)',
  'maaf|tidak (?:bisa|dapat) (?:membantu|menjawab)',
  'samahani|siwezi (?:kusaidia|kujibu|kukusaidia)',
  '抱歉|对不起|對不起|无法(?:回答|帮助|提供|协助)|無法(?:回答|幫助)|不能(?:回答|帮助|提供)',
  '申し訳|すみません|ごめんなさい|お(?:答え|手伝い)(?:する(?:こと)?(?:は|が)?)?でき(?:ません|かね)',
  '죄송|미안|(?:도와|답변|대답)[^.]{0,12}(?:수 없|드릴 수 없)',
  'آسف|أعتذر|لا (?:أستطيع|يمكنني)',
  'متأسفم|نمی‌?توانم',
  'क्षमा करें|माफ़? कीजिए|मदद नहीं कर सक|उत्तर नहीं दे सक',
  'দুঃখিত|সাহায্য করতে পার(?:ব|ছি) না|উত্তর দিতে পার(?:ব|ছি) না',
  'క్షమించండి|సహాయం చేయలేను|సమాధానం ఇవ్వలేను',
  'ขอโทษ|ขออภัย|ไม่สามารถ(?:ช่วย|ตอบ)',
  'förlåt|tyvärr|kan (?:jag )?inte (?:hjälpa|svara)',
  'anteeksi|valitettavasti|en voi (?:auttaa|vastata)',
  String.raw`omlouvám se|bohužel|nemohu (?:[\p{L}]+ ){0,3}(?:pomoci|odpovědět)`,
  String.raw`îmi pare rău|nu pot (?:[\p{L}]+ ){0,3}(?:ajuta|răspunde)`,
  'λυπάμαι|συγγνώμη|δεν μπορώ να (?:βοηθήσω|απαντήσω)',
  'סליחה|מצטער|לא (?:יכול|יכולה) (?:לעזור|לענות)',
];

const SHOWN_SOLUTION = [
  String.raw`\b(?:reference|model|sample|official|provided|gold|expected|supplied) (?:solution|answer)\b|\banswer key\b|\bground[ -]truth\b|\b(?:the|given|this) solution (?:says|states|tells)|\baccording to the (?:given |provided )?(?:solution|answer)\b|\bi (?:was|am|have been) (?:given|told|shown) the (?:solution|answer)`,
  'muster(?:lösung|antwort)|referenz(?:lösung|antwort)|beispiellösung|lösungs(?:schlüssel|buch|heft)|(?:vorgegebene|angegebene|erwartete|mitgelieferte)[nr]? (?:lösung|antwort)|laut (?:der )?(?:lösung|vorgabe)|die lösung (?:sagt|besagt)',
  String.raw`solution (?:de référence|fournie|donnée|modèle)|réponse (?:attendue|fournie|de référence)|corrigé(?!\p{L})|d'après la (?:solution|réponse)|selon la (?:solution|réponse)`,
  'solución (?:de referencia|modelo|proporcionada|dada|oficial)|respuesta (?:esperada|proporcionada|de referencia)|según la (?:solución|respuesta)|clave de respuestas',
  'soluzione (?:di riferimento|fornita|modello|data)|risposta (?:attesa|fornita)|secondo la (?:soluzione|risposta)',
  'solução (?:de referência|fornecida|modelo|dada)|resposta (?:esperada|fornecida)|gabarito|segundo a (?:solução|resposta)',
  'modelantwoord|modeloplossing|referentieoplossing|antwoord(?:model|sleutel)|volgens de (?:oplossing|uitwerking)',
  String.raw`(?:эталонн|образцов|приведённ|приведенн)\p{L}+ (?:решени|ответ)\p{L}*|в решении (?:сказано|указано)|согласно (?:решению|ответу)`,
  String.raw`(?:еталонн|зразков)\p{L}+ (?:розв|відповід)\p{L}*`,
  String.raw`rozwiązani\p{L}+ wzorcow\p{L}+|klucz\p{L}* odpowiedzi|odpowied\p{L}+ wzorcow\p{L}+`,
  'örnek çözüm|referans çözüm|cevap anahtarı',
  'lời giải mẫu|đáp án (?:cho sẵn|mẫu)|theo đáp án|theo lời giải',
  'kunci jawaban|solusi (?:referensi|acuan)',
  'suluhisho (?:la mfano|la marejeo|lililotolewa)|jibu (?:la mfano|lililotolewa)',
  '参考答案|參考答案|标准答案|標準答案|参考解|给出的答案|答案(?:里|中)?(?:说|写)|根据答案',
  '模範解答|参考解答|解答例|与えられた(?:解答|答え)|正解によ(?:ると|れば)',
  '모범 ?답안|참고 ?답안|정답지|해설에 따르면|주어진 (?:정답|답)',
  'الحل (?:المرجعي|النموذجي|المعطى)|الإجابة (?:النموذجية|المعطاة)',
  'پاسخ‌?نامه|راه‌?حل مرجع',
  'संदर्भ (?:हल|समाधान)|आदर्श (?:उत्तर|हल)|उत्तर कुंजी|दिए गए (?:हल|उत्तर) के अनुसार',
  'নমুনা সমাধান|প্রদত্ত সমাধান',
  'నమూనా పరిష్కార|ఇచ్చిన పరిష్కార',
  'เฉลย',
];

const of = (phrases: readonly string[]) => new RegExp(phrases.join('|'), 'u');
const refusal = of(REFUSALS);
const shown = of(SHOWN_SOLUTION);

const plain = (text: string): string => text.normalize('NFC').replaceAll('’', "'").toLowerCase();

export function readsAsRefusal(answer: string): boolean {
  return refusal.test(plain(answer.slice(0, READ)));
}

/** The words by which a thought names a solution that it was shown; null: none. */
export function shownSolution(thought: string): string | null {
  return shown.exec(plain(thought))?.[0] ?? null;
}
