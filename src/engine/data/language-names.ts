/**
 * What a dataset's language column says, as a language's English name: "de", "deu", "pt-BR" and "german" become names; other spellings
 * that are names ("Bengali", "Deutsch") stay as they are. A text that names no language, such as "python", is told from one that does.
 */
import { languageCode, languageName } from '../../lib/language/index.ts';

/** Codes that have an English name in CLDR. Asking for all possible codes takes more than a second; for these it takes milliseconds. */
const CODES = `
  aa ab ace ach ada ady ae aeb af afh agq ain ak akk akz ale aln alt am an ang ann anp ar arc arn aro arp arq ars arw ary arz as asa
  ase ast atj av avk awa ay az ba bal ban bar bas bax bbc bbj be bej bem bew bez bfd bfq bg bgc bgn bh bi bin bjn bkm bla blo blt bm
  bn bo bpy bqi br bra brh brx bs bss bua bug bum byn byv ca cad car cay cch ccp ce ceb cgg ch chb chg chk chm chn cho chp chr chy
  cic ckb clc co cop cps cr crg crh crj crk crl crm crr crs cs csb csw cu cv cy da dak dar dav de del den dgr dje dsb dtp dua dum dv
  dyo dyu dz dzg ebu ee efi egl egy eka el elx en enm eo es esu et eu ewo ext fa fan ff fi fit fj fo fon fr frc frm fro frp frr frs
  fur fy ga gaa gag gan gay gba gbz gd gez gil gl glk gmh gn goh gor got grc gsw gu guc gur guz gv gwi ha hai hak haw hax he hi hif
  hil hit hnj ho hr hsb hsn ht hu hup hur hy hz ia ibb id ie ig ii ik ikt ilo inh io is it iu izh ja jam jbo jgo jmc jpr jut jv ka
  kaa kab kac kaj kam kaw kbd kbl kcg kde kea kek ken kfo kg kgp kha kho khq khw ki kiu kj kk kkj kl kln km kmb kn ko koi kos kpe kr
  krc kri krj krl kru ks ksb ksf ksh ku kum kut kv kw kwk kxv ky la lad lag lah lam lb lez lfn lg li lij lil liv lkt lmo ln lo lol
  lou loz lrc lsm lt ltg lu lua lui lun luo lus lv lzh lzz mad maf mag mai mak mas mde mdf mdr men mer mfe mg mga mgh mgo mh mi mic
  min mk ml mn mnc mni moe moh mos mr mrj ms mt mua mus mwl mwv my mye myv mzn na nan nap naq nb nd nds ne new ng nia niu njo nl nmg
  nn nnh no nog non nov nqo nr nso nus nv nwc ny nym nyn nyo nzi oc oj ojb ojc ojs ojw oka om or os osa ota pa pag pal pam pap pau
  pcd pcm pdc pdt peo pfl phn pi pis pl pms pnt pon pqm prg pro ps pt qu quc qug rap rar rgn rhg rif rm rn rof rtm ru rue rug rup rw
  rwk sa sad sah sam saq sas sat saz sba sbp sc scn sco sd sdc sdh se see seh sei sel ses sg sga sgs shi shn shu si sid sk sl slh
  sli sly sm sma smj smn sms sn snk so sog sq sr srn srr ss ssy st stq str su suk sus sux sv sw swb syc szl ta tce tcy te tem teo
  ter tet tg tgx th tht ti tig tiv tk tkl tkr tlh tli tly tmh tn to tog tok tpi tr tru trv trw ts tsd tsi tt ttm ttt tum tvl twq ty
  tyv tzm udm ug uga uk umb ur uz vai ve vec vep vi vls vmf vmw vo vot vro vun wa wae wal war was wbp wo wuu xal xh xmf xnr xog yao
  yap yav ybb yo yrl yue za zap zbl zea zen zgh zh zu zun zza
  aju bik din doi gon grb hmn iba jrb kok luy man mwr raj rom syr
`;

/** Library spellings (ISO 639-2/B), and codes that CLDR has under another name. */
const OTHER_CODES: ReadonlyMap<string, string> = new Map(
  'sot:st alb:sq arm:hy baq:eu bur:my chi:zh cze:cs dut:nl fre:fr geo:ka ger:de gre:el ice:is mac:mk mao:mi may:ms per:fa rum:ro slo:sk tib:bo wel:cy cmn:zh arb:ar pes:fa ekk:et lvs:lv zsm:ms swh:sw nob:no nno:no nb:no nn:no'
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);

/** Programming languages whose usual short name is also the code of a language. */
const NOT_LANGUAGES = new Set(['ada', 'cpp', 'css', 'lua', 'sh', 'tcl', 'und', 'mul', 'zxx', 'mis']);

/** Names that CLDR or the detector have under another spelling. */
const OTHER_NAMES = new Set(
  'bengali oriya kirghiz uighur uyghur pushto sinhalese kiswahili isizulu isixhosa setswana sesotho sepedi chichewa nyanja luganda kikuyu hokkien cantonese mandarin farsi dari tagalog filipino flemish moldovan serbo-croatian montenegrin bokmål nynorsk gaelic frisian romansch saami guarani aymara haitian'.split(
    ' ',
  ),
);

/** Language, script, region: "zh", "zh-Hant", "pt_BR", "es-419". */
const CODE = /^([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?$/i;
const LONGEST_NAME = 60;

let english: Record<'language' | 'script' | 'region', Intl.DisplayNames> | undefined;
let spellings: Map<string, string> | undefined;

/** Rows repeat a few languages; asking CLDR again for each of a million rows would take a minute. */
const known = new Map<string, string | null>();

/** The language's English name, or the text itself where it is another name of a language; null where it names none. */
export function languageNamed(text: string): string | null {
  const wanted = text.trim();
  if (wanted.length > LONGEST_NAME) return null;
  let named = known.get(wanted);
  if (named !== undefined) return named;
  named = lookUp(wanted);
  if (known.size > 2000) known.clear();
  known.set(wanted, named);
  return named;
}

function lookUp(wanted: string): string | null {
  const lower = wanted.toLowerCase();
  if (NOT_LANGUAGES.has(lower)) return null;
  spellings ??= new Map(
    CODES.trim()
      .split(/\s+/)
      .map((code) => nameOfCode(code) ?? code)
      .map((name) => [name.toLowerCase(), name]),
  );
  const spelling = spellings.get(lower);
  // "Ga" and "Kom" are names; "ga" and "kom" are codes of other languages.
  if (spelling === wanted) return spelling;
  const byCode = nameOfCode(wanted);
  if (byCode !== null) return byCode;
  if (spelling !== undefined) return spelling;
  if (OTHER_NAMES.has(lower)) return wanted;
  // languageCode would read "no-code" as Norwegian with a qualifier. Here qualifiers are brackets, "German (formal)", or words, "Swiss French".
  const [name, ...words] = wanted.split(/ *[ ()] */).filter((word) => word !== '');
  if (name === undefined || words.length > 3) return null;
  if (words.length > 0) return [name, words.at(-1)!].some((word) => word.length > 3 && lookUp(word) !== null) ? wanted : null;
  return /^[^-_]+$/.test(wanted) && languageCode(wanted) !== null ? wanted : null;
}

/** "pt-BR" is Portuguese, so that a language counts once however its rows are tagged. */
function nameOfCode(text: string): string | null {
  const [whole, language, script, region] = CODE.exec(text) ?? [];
  if (whole === undefined) return null;
  const base = language!.toLowerCase();
  if (NOT_LANGUAGES.has(base)) return null;
  const names = (type: 'language' | 'script' | 'region') => new Intl.DisplayNames(['en'], { type, fallback: 'none' });
  english ??= { language: names('language'), script: names('script'), region: names('region') };
  // "no-code" is no code: there is no such script.
  if (script !== undefined && english.script.of(script) === undefined) return null;
  if (region !== undefined && english.region.of(region) === undefined) return null;
  const code = OTHER_CODES.get(base) ?? base;
  const known = languageCode(code);
  // What the page offers has one name everywhere: "Bengali", where CLDR says "Bangla".
  return known === code ? languageName(known) : (english.language.of(code) ?? null);
}
