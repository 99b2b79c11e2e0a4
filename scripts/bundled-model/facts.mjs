// Writes facts.json: the countries of the model's world and their names in five languages.
// Names of countries, continents, languages and most capitals come from Unicode CLDR (Unicode-3.0 licence):
//   npm install --no-save cldr-core@48.2.0 cldr-localenames-full@48.2.0 cldr-dates-full@48.2.0
//   node scripts/bundled-model/facts.mjs
// CLDR has no list of capitals. It names the exemplar city of every time zone, so a capital that has a zone of
// its own is given here by that zone; the others are written by hand in `written`. A country's language is the
// most spoken one with official status. Countries whose capital is disputed, divided, moving, or named like the country, and some with
// long names, are left out.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { countryPhrases, languagePhrase } from './grammar.mjs';

const require = createRequire(import.meta.url);
const cldr = (path) => JSON.parse(readFileSync(require.resolve(path), 'utf8'));
const languages = ['en', 'es', 'fr', 'it', 'de'];

const zones = `
FR Europe/Paris, DE Europe/Berlin, ES Europe/Madrid, IT Europe/Rome, PT Europe/Lisbon, GB Europe/London,
IE Europe/Dublin, BE Europe/Brussels, NL Europe/Amsterdam, AT Europe/Vienna, DK Europe/Copenhagen,
SE Europe/Stockholm, NO Europe/Oslo, FI Europe/Helsinki, EE Europe/Tallinn, LV Europe/Riga, LT Europe/Vilnius,
PL Europe/Warsaw, CZ Europe/Prague, SK Europe/Bratislava, HU Europe/Budapest, RO Europe/Bucharest,
BG Europe/Sofia, GR Europe/Athens, RS Europe/Belgrade, HR Europe/Zagreb, SI Europe/Ljubljana,
AL Europe/Tirane, UA Europe/Kiev, RU Europe/Moscow,
BY Europe/Minsk, IS Atlantic/Reykjavik, CY Asia/Nicosia,
DZ Africa/Algiers, AO Africa/Luanda, BJ Africa/Porto-Novo, BW Africa/Gaborone, BF Africa/Ouagadougou,
TD Africa/Ndjamena, EG Africa/Cairo, ET Africa/Addis_Ababa,
GA Africa/Libreville, GM Africa/Banjul, GH Africa/Accra, GN Africa/Conakry, KE Africa/Nairobi,
LR Africa/Monrovia, LY Africa/Tripoli, MG Indian/Antananarivo, ML Africa/Bamako,
MR Africa/Nouakchott, MZ Africa/Maputo, NA Africa/Windhoek, NE Africa/Niamey, RW Africa/Kigali, SN Africa/Dakar,
SL Africa/Freetown, SO Africa/Mogadishu, SD Africa/Khartoum, TG Africa/Lome,
UG Africa/Kampala, ZM Africa/Lusaka, ZW Africa/Harare,
AF Asia/Kabul, AM Asia/Yerevan, AZ Asia/Baku, BD Asia/Dhaka, BT Asia/Thimphu, KH Asia/Phnom_Penh, GE Asia/Tbilisi,
IR Asia/Tehran, IQ Asia/Baghdad, JP Asia/Tokyo, JO Asia/Amman, KG Asia/Bishkek, LA Asia/Vientiane, LB Asia/Beirut,
MY Asia/Kuala_Lumpur, MN Asia/Ulaanbaatar, NP Asia/Katmandu, OM Asia/Muscat, PH Asia/Manila, SA Asia/Riyadh,
KR Asia/Seoul, KP Asia/Pyongyang, SY Asia/Damascus, TJ Asia/Dushanbe, TH Asia/Bangkok, TM Asia/Ashgabat,
UZ Asia/Tashkent,
MX America/Mexico_City, HN America/Tegucigalpa, NI America/Managua, CU America/Havana, HT America/Port-au-Prince,
CO America/Bogota,
VE America/Caracas, PE America/Lima, CL America/Santiago, AR America/Buenos_Aires, UY America/Montevideo,
PY America/Asuncion`;

// Capitals without a time zone of their own: one name for all languages, or one per language in the order above.
const written = {
  CH: 'Bern Berna Berne Berna Bern',
  TR: 'Ankara Ankara Ankara Ankara Ankara',
  US: 'Washington',
  CA: 'Ottawa',
  CN: 'Beijing Pekín Pékin Pechino Peking',
  IN: 'New Delhi|Nueva Delhi|New Delhi|Nuova Delhi|Neu-Delhi',
  BR: 'Brasília Brasilia Brasilia Brasilia Brasília',
  AU: 'Canberra Canberra Canberra Canberra Canberra',
  NZ: 'Wellington',
  PK: 'Islamabad',
  VN: 'Hanoi Hanói Hanoï Hanoi Hanoi',
  KZ: 'Astana Astaná Astana Astana Astana',
  NG: 'Abuja',
  MA: 'Rabat',
  EC: 'Quito',
  MT: 'Valletta|La Valeta|La Valette|La Valletta|Valletta',
  MW: 'Lilongwe',
  QA: 'Doha',
  AE: 'Abu Dhabi|Abu Dabi|Abou Dabi|Abu Dhabi|Abu Dhabi',
  CR: 'San José',
  JM: 'Kingston',
  BB: 'Bridgetown',
  FJ: 'Suva',
};

const corrected = { KZ: 'kk', SN: 'fr' }; // state language, not merely the most spoken one
const continents = { 150: 'Europe', '002': 'Africa', 142: 'Asia', '003': 'North America', '005': 'South America', '009': 'Oceania' };
const containment = cldr('cldr-core/supplemental/territoryContainment.json').supplemental.territoryContainment;
const population = cldr('cldr-core/supplemental/territoryInfo.json').supplemental.territoryInfo;
const names = Object.fromEntries(
  languages.map((language) => [
    language,
    {
      territories: cldr(`cldr-localenames-full/main/${language}/territories.json`).main[language].localeDisplayNames.territories,
      languages: cldr(`cldr-localenames-full/main/${language}/languages.json`).main[language].localeDisplayNames.languages,
      zones: cldr(`cldr-dates-full/main/${language}/timeZoneNames.json`).main[language].dates.timeZoneNames.zone,
    },
  ]),
);
const each = (make) => Object.fromEntries(languages.map((language) => [language, make(language)]));

function isWithin(region, code) {
  return (containment[region]?._contains ?? []).some((inner) => inner === code || isWithin(inner, code));
}

function officialLanguage(code) {
  if (corrected[code]) return corrected[code];
  const official = Object.entries(population[code].languagePopulation)
    .filter(([, row]) => /^(official|de_facto_official)$/.test(row._officialStatus ?? ''))
    .sort((a, b) => b[1]._populationPercent - a[1]._populationPercent);
  return official[0][0].split('_')[0].replace(/^nb$/, 'no');
}

function capital(code, zone) {
  if (!zone) {
    const parts = written[code].includes('|') ? written[code].split('|') : written[code].split(' ');
    return each((language) => (parts.length === 5 ? parts[languages.indexOf(language)] : written[code]));
  }
  const [area, city] = zone.split('/');
  return each((language) =>
    (names[language].zones[area]?.[city]?.exemplarCity ?? city.replaceAll('_', ' '))
      .replace(/ \(.*\)$/, '')
      .replaceAll('\u00ad', '')
      .replaceAll('’', "'"),
  );
}

function country(code, zone) {
  const spoken = officialLanguage(code);
  const continent = Object.keys(continents).find((region) => isWithin(region, code));
  return {
    code,
    country: each((language) => countryPhrases(language, code, names[language].territories[code])),
    capital: capital(code, zone),
    language: each((language) => languagePhrase(language, names[language].languages[spoken])),
    continent: each((language) => names[language].territories[continent]),
  };
}

const zoned = zones
  .trim()
  .split(/,\s*/)
  .map((entry) => entry.split(' '));
const countries = [...zoned, ...Object.keys(written).map((code) => [code])]
  .map(([code, zone]) => country(code, zone))
  .sort((a, b) => (a.code < b.code ? -1 : 1));
const path = new URL('facts.json', import.meta.url);
writeFileSync(path, `[\n${countries.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
console.log(`${countries.length} countries`);
