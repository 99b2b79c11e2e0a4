/**
 * Close languages that the detectors mix up in short sentences, and what tells them apart: words and letters that one of them has and the
 * others do not. Of twins nothing else does, so a sentence without any of these counts as the language asked for.
 */

interface Group {
  readonly twins?: true;
  readonly tells: Readonly<Record<string, RegExp>>;
}

/** Whole words; `\b` knows only ASCII. */
function words(list: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{M}'])(?:${list.trim().replaceAll(/\s+/g, '|')})(?![\\p{L}\\p{M}])`, 'giu');
}

const GROUPS: readonly Group[] = [
  {
    tells: {
      hi: words('है हैं हूँ हूं में का की के को से और यह तो हम हमें इसलिए पहले फिर उसने उनमें कुल जवाब सवाल अब योग दहाई इकाई होता होते होती करते'),
      mr: words(
        'आहे आहेत आणि तर मग मी ती त्यात त्यातली त्याने म्हणून आपण आपल्याला आता आधी किती एकूण एका होते होतात असतात असतील नाही च्या बेरीज दशक एकक',
      ),
      ne: words(
        'छ छन् हो हामी र म यो त्यो त्यसैले त्यसपछि उनले उसले हामीले पहिले फेरि जम्मा कति भन्ने भनेर हुन्छ हुन्छन् गर्छ [\\p{L}\\p{M}]{2,}(?:छौं|छन्|छिन्|छु|लाई|हरू|मध्ये) [\\p{L}\\p{M}]{3,}को',
      ),
    },
  },
  {
    twins: true,
    tells: {
      id: words('karena bisa uang delapan bilangan bahwa persen mereka-reka kita-kira sepeda mobil jumlahkan kurangi kurangkan'),
      ms: words('kerana boleh wang lapan ialah daripada bahawa peratus ringgit awak cuba tambahkan bahagikan epal'),
    },
  },
  {
    twins: true,
    tells: {
      zu: words('futhi manje bese ngakho ukuthi kumele kumelwe uma izinombolo isamba'),
      xh: words('kwaye ngoku ngoko emva kufuneka ukuba amanani iikhilomitha sifumanise koko xa ngenxa'),
    },
  },
  { twins: true, tells: { am: /አ|ነው|ናቸው|ውስጥ/gu, ti: /ኣ|እዩ|እቲ|ናይ|ካብ|[ቐ-ቝ]/gu } },
  { twins: true, tells: { bn: /র/gu, as: /[ৰৱ]/gu } },
  {
    twins: true,
    tells: {
      zh: /(?<!目)的|(?<![終完])了(?!解)|[是我们們这這吗嗎呢么麼您你她它让讓给还沒很哪怎样樣总總从從过个两计题时间问说說应现检檢结则笔钱錢买賣卖條與會數對應點實體學來關邊當兩隻吧]/gu,
      ja: /[済円歳駅込働図気応実関辺総両発変検単読売払帰処拠択県広囲権満様続絵縦薬訳験黒々]/gu,
    },
  },
  {
    tells: {
      nl: words('de ik hij zij ze wij we niet naar zijn voor door nog deze aan er'),
      af: words("'n ’n nie ek hy hulle vir sy deur baie getalle word bly"),
    },
  },
  {
    tells: {
      gl: words('unha nunha dunha dous dúas hai máis despois catro cen polo cantos irmán mazás xa ningún moi'),
      pt: words('uma numa duma dois duas há mais depois cem pelo então não muito [\\p{L}]*[çãõ][\\p{L}]* [\\p{L}]*lh[\\p{L}]*'),
      es: words('el los las una dos hay más después cien entonces pero del y muy cuánto'),
    },
  },
  {
    tells: {
      da: words('af hvad meget derefter lægger ud bliver nu penge giver tyve tredive tres tilbage tal dividerer'),
      no: words('av hva mye deretter legger ut blir nå penger gir tjue tretti seksti igjen epler regner tallene finne'),
    },
  },
  {
    tells: {
      ru: /[ыэё]/gu,
      uk: /[іїєґ]/gu,
      be: /[ўыэёі]/gu,
      bg: /ъ(?=[бвгджзклмнпрстфхцчшщ])|(?<!\p{L})(?:ще|със|двете|двата)(?!\p{L})/giu,
      sr: /[јљњђћџ]/gu,
      mk: /[ѓќѕјљњџ]/gu,
    },
  },
  {
    twins: true,
    tells: {
      sr: words('uslov zbir sabiranje saberemo hiljada hiljadu šta'),
      hr: words('zbroj zbrojimo zbrajanje tisuća tisuću uvjet tko'),
    },
  },
];

/** What is close to a language, with the texts' marks of each; null where it has no close ones. */
export interface Close {
  /** Codes that detectors need not consider for a text. */
  readonly leftOut: ReadonlySet<string>;
  /** Does a sentence have more marks of a close language than of this one? */
  readonly toldOtherwise: (sentence: string) => boolean;
}

export function closeLanguages(code: string, whole: string): Close | null {
  const tells = GROUPS.filter((group) => code in group.tells);
  if (tells.length === 0) return null;
  const leftOut = tells.flatMap(({ twins, tells: marks }) => {
    const own = count(whole, marks[code]!);
    return Object.keys(marks).filter((other) => other !== code && (twins || own > count(whole, marks[other]!)));
  });
  const toldOtherwise = (sentence: string): boolean =>
    tells.some(({ tells: marks }) => {
      const own = count(sentence, marks[code]!);
      return Object.keys(marks).some((other) => other !== code && count(sentence, marks[other]!) > own);
    });
  return { leftOut: new Set(leftOut), toldOtherwise };
}

function count(text: string, mark: RegExp): number {
  return text.match(mark)?.length ?? 0;
}
