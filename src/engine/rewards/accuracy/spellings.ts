/** Whole numbers to a thousand as words in many languages, by n2words; made for a language when it is first asked for. */
import { toCardinal as am_ } from 'n2words/am-ET';
import { toCardinal as ar_ } from 'n2words/ar-SA';
import { toCardinal as az_ } from 'n2words/az-AZ';
import { toCardinal as bn_ } from 'n2words/bn-BD';
import { toCardinal as cs_ } from 'n2words/cs-CZ';
import { toCardinal as da_ } from 'n2words/da-DK';
import { toCardinal as de_ } from 'n2words/de-DE';
import { toCardinal as el_ } from 'n2words/el-GR';
import { toCardinal as es_ } from 'n2words/es-ES';
import { toCardinal as fa_ } from 'n2words/fa-IR';
import { toCardinal as fi_ } from 'n2words/fi-FI';
import { toCardinal as fil_ } from 'n2words/fil-PH';
import { toCardinal as fr_ } from 'n2words/fr-FR';
import { toCardinal as gu_ } from 'n2words/gu-IN';
import { toCardinal as ha_ } from 'n2words/ha-NG';
import { toCardinal as he_ } from 'n2words/he-IL';
import { toCardinal as hi_ } from 'n2words/hi-IN';
import { toCardinal as hr_ } from 'n2words/hr-HR';
import { toCardinal as hu_ } from 'n2words/hu-HU';
import { toCardinal as id_ } from 'n2words/id-ID';
import { toCardinal as it_ } from 'n2words/it-IT';
import { toCardinal as ja_ } from 'n2words/ja-JP';
import { toCardinal as ka_ } from 'n2words/ka-GE';
import { toCardinal as kn_ } from 'n2words/kn-IN';
import { toCardinal as ko_ } from 'n2words/ko-KR';
import { toCardinal as lt_ } from 'n2words/lt-LT';
import { toCardinal as lv_ } from 'n2words/lv-LV';
import { toCardinal as mr_ } from 'n2words/mr-IN';
import { toCardinal as ms_ } from 'n2words/ms-MY';
import { toCardinal as nb_ } from 'n2words/nb-NO';
import { toCardinal as nl_ } from 'n2words/nl-NL';
import { toCardinal as pa_ } from 'n2words/pa-IN';
import { toCardinal as pl_ } from 'n2words/pl-PL';
import { toCardinal as pt_ } from 'n2words/pt-PT';
import { toCardinal as ro_ } from 'n2words/ro-RO';
import { toCardinal as ru_ } from 'n2words/ru-RU';
import { toCardinal as sr_ } from 'n2words/sr-Cyrl-RS';
import { toCardinal as srLatin_ } from 'n2words/sr-Latn-RS';
import { toCardinal as sv_ } from 'n2words/sv-SE';
import { toCardinal as sw_ } from 'n2words/sw-KE';
import { toCardinal as ta_ } from 'n2words/ta-IN';
import { toCardinal as te_ } from 'n2words/te-IN';
import { toCardinal as th_ } from 'n2words/th-TH';
import { toCardinal as tr_ } from 'n2words/tr-TR';
import { toCardinal as uk_ } from 'n2words/uk-UA';
import { toCardinal as ur_ } from 'n2words/ur-PK';
import { toCardinal as vi_ } from 'n2words/vi-VN';
import { toCardinal as yo_ } from 'n2words/yo-NG';
import { toCardinal as zh_ } from 'n2words/zh-Hans-CN';
import { toCardinal as zhTaiwan_ } from 'n2words/zh-Hant-TW';
import { languageCode } from '../../../lib/language/index.ts';
import { plainWords } from './plain-words.ts';

type Spell = (value: number) => string;

const LANGUAGES: readonly (readonly [string, Spell])[] = [
  ['am', am_],
  ['ar', ar_],
  ['az', az_],
  ['bn', bn_],
  ['cs', cs_],
  ['da', da_],
  ['de', de_],
  ['el', el_],
  ['es', es_],
  ['fa', fa_],
  ['fi', fi_],
  ['tl', fil_],
  ['fr', fr_],
  ['gu', gu_],
  ['ha', ha_],
  ['he', he_],
  ['hi', hi_],
  ['hr', hr_],
  ['hu', hu_],
  ['id', id_],
  ['it', it_],
  ['ja', ja_],
  ['ka', ka_],
  ['kn', kn_],
  ['ko', ko_],
  ['lt', lt_],
  ['lv', lv_],
  ['mr', mr_],
  ['ms', ms_],
  ['no', nb_],
  ['nl', nl_],
  ['pa', pa_],
  ['pl', pl_],
  ['pt', pt_],
  ['ro', ro_],
  ['ru', ru_],
  ['sr', sr_],
  ['sr', srLatin_],
  ['sv', sv_],
  ['sw', sw_],
  ['ta', ta_],
  ['te', te_],
  ['th', th_],
  ['tr', tr_],
  ['uk', uk_],
  ['ur', ur_],
  ['vi', vi_],
  ['yo', yo_],
  ['zh', zh_],
  ['zh', zhTaiwan_],
];

/** Beyond a thousand, numbers that are written in words are round. */
const ROUND = [1000, 2000, 3000, 4000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000, 2_000_000];
const made = new Map<string, ReadonlyMap<string, bigint> | null>();

/** From words without spaces to the number; null for a language that is not here. */
export function spellingsOf(language: string): ReadonlyMap<string, bigint> | null {
  const code = languageCode(language);
  if (code === null) return null;
  let found = made.get(code);
  if (found === undefined) {
    const spells = LANGUAGES.filter(([one]) => one === code).map(([, spell]) => spell);
    found = spells.length > 0 ? tableOf(spells) : null;
    made.set(code, found);
  }
  return found;
}

function tableOf(spells: readonly Spell[]): ReadonlyMap<string, bigint> {
  const table = new Map<string, bigint>();
  for (const spell of spells) {
    for (const value of [...Array(1000).keys(), ...ROUND]) {
      const words = plainWords(spell(value)).replaceAll(' ', '');
      if (!table.has(words)) table.set(words, BigInt(value));
    }
  }
  return table;
}
