/**
 * "The answer is" in the languages of the world: what follows the last of these in a text is its answer. In lower case; the longest at one place counts.
 * A line is a language; `:` after a phrase means that only a colon (or a line's end) makes it one.
 */
import { toPlain } from './unicode.ts';

const TABLE = `
en | the final answer is | final answer is | the answer is | answer is | final answer: | answer: | the correct answer is | correct answer: | the answer: | the result is | correct option is | the correct choice is | ans:
es | la respuesta final es | la respuesta correcta es | la respuesta es | respuesta final: | respuesta: | el resultado es | resultado:
fr | la réponse finale est | la réponse est | réponse finale : | réponse finale: | réponse : | réponse: | le résultat est | la bonne réponse est
de | die endgültige antwort ist | die endgültige antwort lautet | die antwort ist | die antwort lautet | endgültige antwort: | antwort: | das ergebnis ist | das ergebnis lautet | ergebnis: | lösung:
it | la risposta finale è | la risposta è | risposta finale: | risposta: | il risultato è | risultato:
pt | a resposta final é | a resposta correta é | a resposta é | resposta final: | resposta: | o resultado é | resultado:
nl | het uiteindelijke antwoord is | het antwoord is | eindantwoord: | antwoord: | het resultaat is
pl | ostateczna odpowiedź to | odpowiedź to | odpowiedzią jest | odpowiedź brzmi | odpowiedź: | odp.: | wynik to | wynik:
cs | konečná odpověď je | odpověď je | odpověď zní | odpověď: | výsledek je | výsledek:
sk | konečná odpoveď je | odpoveď je | odpoveď znie | odpoveď: | výsledok je
hu | a végső válasz | a válasz: | a válasz | válasz: | az eredmény | eredmény:
ro | răspunsul final este | răspunsul este | răspuns final: | răspuns: | rezultatul este
bg | отговорът е | крайният отговор е | отговор: | резултатът е
el | η τελική απάντηση είναι | η απάντηση είναι | απάντηση: | το αποτέλεσμα είναι
tr | nihai cevap | doğru cevap | cevap: | cevap | yanıt: | sonuç:
ru | окончательный ответ: | окончательный ответ | ответ: | ответ — | ответ - | ответ равен | правильный ответ | ответ
uk | остаточна відповідь: | відповідь: | відповідь — | відповідь - | відповідь
sr | коначан одговор је | одговор је | одговор: | konačan odgovor je | odgovor je | odgovor:
hr | konačan odgovor je | odgovor je | odgovor: | rezultat je
sl | končni odgovor je | odgovor je | odgovor:
da | det endelige svar er | svaret er | svar: | resultatet er
sv | det slutliga svaret är | svaret är | svar: | resultatet är
no | det endelige svaret er | svaret er | svar:
fi | lopullinen vastaus on | vastaus on | vastaus:
et | lõplik vastus on | vastus on | vastus:
lv | galīgā atbilde ir | atbilde ir | atbilde:
lt | galutinis atsakymas yra | atsakymas yra | atsakymas:
is | svarið er | lokasvarið er | svar:
ga | is é an freagra | an freagra: | freagra:
cy | yr ateb yw | ateb:
eu | erantzuna da | erantzuna hau da: | erantzuna: | azken erantzuna
ca | la resposta final és | la resposta és | resposta:
gl | a resposta final é | a resposta é | resposta:
sq | përgjigjja përfundimtare është | përgjigjja është | përgjigja është | përgjigja:
hy | պատասխանն է | պատասխանը | պատասխան՝ | պատասխան:
ka | პასუხია | პასუხი: | საბოლოო პასუხი
ar | الإجابة النهائية هي | الجواب النهائي هو | الإجابة هي | الجواب هو | الجواب: | الإجابة: | الاجابة: | الناتج هو | الجواب | الإجابة
he | התשובה הסופית היא | התשובה היא | תשובה: | התשובה:
fa | پاسخ نهایی | پاسخ: | جواب: | پاسخ برابر است با | پاسخ | جواب
ur | حتمی جواب | جواب ہے | جواب: | جواب
hi | अंतिम उत्तर | उत्तर है | उत्तर: | उत्तर : | उत्तर | जवाब है | जवाब:
bn | চূড়ান্ত উত্তর | উত্তর হল | উত্তর হলো | উত্তর: | উত্তর
pa | ਜਵਾਬ ਹੈ | ਉੱਤਰ ਹੈ | ਜਵਾਬ: | ਉੱਤਰ:
gu | જવાબ છે | જવાબ: | ઉત્તર:
mr | उत्तर आहे | अंतिम उत्तर | उत्तर:
ta | இறுதி விடை | விடை: | பதில்: | விடை | பதில்
te | తుది సమాధానం | సమాధానం: | జవాబు: | సమాధానం
kn | ಅಂತಿಮ ಉತ್ತರ | ಉತ್ತರ: | ಉತ್ತರ
ml | അന്തിമ ഉത്തരം | ഉത്തരം: | ഉത്തരം
ne | अन्तिम उत्तर | उत्तर हो | उत्तर:
si | පිළිතුර: | පිළිතුර
th | คำตอบสุดท้ายคือ | คำตอบคือ | คำตอบ: | คำตอบ | ตอบ
lo | ຄຳຕອບແມ່ນ | ຄຳຕອບ:
km | ចម្លើយគឺ | ចម្លើយ:
my | အဖြေမှာ | အဖြေ:
vi | câu trả lời cuối cùng là | câu trả lời là | đáp số là | đáp số: | đáp án là | đáp án: | trả lời: | kết quả là | vậy đáp án là
id | jawaban akhirnya adalah | jawaban akhir adalah | jawabannya adalah | jawaban: | jawab: | jadi, jawabannya | hasilnya adalah
ms | jawapan akhir ialah | jawapannya ialah | jawapan ialah | jawapan:
tl | ang huling sagot ay | ang sagot ay | sagot:
jv | jawabane yaiku | wangsulan: | jawaban:
sw | jibu la mwisho ni | jibu sahihi ni | jibu ni | jibu: | kwa hivyo jibu ni
ha | amsar ƙarshe ita ce | amsar ita ce | amsa ita ce | amsar: | amsa:
yo | ìdáhùn náà ni | ìdáhùn ni | idahun ni | idahun naa ni | ìdáhùn: | idahun:
ig | azịza ya bụ | azịza bụ | aziza bu | azịza: | aziza:
zu | impendulo ithi | impendulo ingu | impendulo iwu | impendulo: | impendulo
xh | impendulo ngu | impendulo: | impendulo
st | karabo ke | karabo:
tn | karabo ke | karabo:
sn | mhinduro ndi | mhinduro: | mhinduro inoti
rw | igisubizo ni | igisubizo:
lg | eky'okuddamu kiri | eky'okuddamu: | ansa eri
ln | eyano ezali | eyano: | biyano:
wo | tontu bi mooy | tontu:
tw | mmuae no ne | mmuae:
ee | ŋuɖoɖoa nye | ŋuɖoɖo:
om | deebiin isaa | deebii: | deebiin
so | jawaabtu waa | jawaab:
am | መልሱ | የመጨረሻው መልስ | መልስ: | መልስ፡ | መልስ
ti | መልሱ | መልሲ
af | die antwoord is | antwoord: | die finale antwoord is
mg | ny valiny dia | valiny:
az | cavab: | cavab budur | son cavab | cavab
kk | жауабы: | жауап: | жауабы
uz | javob: | javobi: | javob | жавоб:
ky | жообу: | жооп:
tg | ҷавоб: | ҷавоб
mn | хариулт: | хариу: | хариулт нь
zh | 最终答案是 | 最终答案为 | 最终答案： | 最终答案: | 答案是 | 答案为 | 答案： | 答案: | 答案應為 | 答案為 | 正确答案是 | 结果是 | 答： | 答:
ja | 最終的な答えは | 最終回答： | 最終回答: | 答えは | 答え： | 答え: | 正解は | 解答： | 解答: | 答： | 答:
ko | 최종 답은 | 최종 답변은 | 정답은 | 정답: | 답은 | 답: | 답변: | 정답
eo | la respondo estas | respondo:
la | responsum est
mt | it-tweġiba hija | tweġiba:
lb | d'äntwert ass | äntwert:
be | адказ: | адказ — | адказ
mk | одговорот е | одговор:
bs | odgovor je | odgovor:
ht | repons lan se | repons:
ny | yankho ndi | yankho:
qu | kutichiy
xx | #### | <answer>
`;

/** Words that begin a reason: what follows is no longer the answer. */
export const BECAUSE =
  /[,;.]?\s(?:because|since|as there (?:are|is)|given that|so that|which (?:is|means|equals|has)|weil|da (?:es|sie|wir)|denn|parce qu|car|puisqu|porque|ya que|puesto que|pois|já que|perché|poiché|omdat|want|ponieważ|bo|protože|mert|deoarece|pentru că|çünkü|потому что|так как|поскольку|тому що|бо|защото|επειδή|γιατί|لأن|זה כי|כי|زیرا|چون|کیونکہ|क्योंकि|কারণ|ஏனெனில்|เพราะ|vì|bởi vì|karena|sebab|kwa sababu|kwa kuwa|saboda|nítorí|n'ihi na|ngoba|因为|因為|なぜなら|왜냐하면|ምክንያቱም|eftersom|fordi|koska|sest|jo|nes|dahil)(?=[\s\p{L}])/iu;

interface Phrase {
  readonly text: string;
  /** Whether it is made of letters that join words, so that it must not begin or end within one. */
  readonly whole: boolean;
}

const seen = new Set<string>();
export const PHRASES: readonly Phrase[] = TABLE.trim()
  .split('\n')
  .flatMap((line) => line.split(' | ').slice(1))
  .map((text) => toPlain(text.trim()).toLowerCase().trim())
  .filter((text) => text !== '' && !seen.has(text) && seen.add(text))
  .map((text) => ({
    text,
    whole:
      /^[\p{L}\p{M}\s'-]+$/u.test(text) && !/[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af\u1200-\u137f]/.test(text),
  }));

/** How many languages have a phrase here. */
export const PHRASE_LANGUAGES: readonly string[] = TABLE.trim()
  .split('\n')
  .map((line) => line.split(' | ')[0]!.trim())
  .filter((code) => code !== 'xx');
