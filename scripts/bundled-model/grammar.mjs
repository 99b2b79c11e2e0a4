// How each of the five languages names a country in a sentence: `the` (as a subject), `of` (after "the
// capital") and `is` (the verb of "... is in Europe"). Rules cover most names; the tables below are the
// exceptions, by ISO code, written by hand. Only the countries of facts.mjs are covered.

const upper = (s) => s[0].toUpperCase() + s.slice(1);
const has = (list, code) => list.split(' ').includes(code);
const vowel = /^[aeiouâàéèêîôœhAEIOUÂÀÉÈÊÎÔŒÁÓÚÍ]/;

function en(code, name) {
  const full = has('US GB NL PH AE GM', code) ? `the ${name}` : name;
  return { the: full, of: `of ${full}`, is: 'is' };
}

function es(_code, name) {
  return { the: name, of: `de ${name}`, is: 'está' };
}

function fr(code, name) {
  if (has('US NL PH AE FJ', code)) return { the: `les ${name}`, of: `des ${name}`, is: 'se trouvent' };
  const elided = vowel.test(name) && !/^H/.test(name);
  if (has('CU MG CY MT HT OM', code)) return { the: name, of: elided ? `d'${name}` : `de ${name}`, is: 'se trouve' };
  if (elided) return { the: `l'${name}`, of: `de l'${name}`, is: 'se trouve' };
  const masculine = has('MX MZ KH ZW', code) || (!/e$/.test(name) && !has('KR KP', code));
  return masculine ? { the: `le ${name}`, of: `du ${name}`, is: 'se trouve' } : { the: `la ${name}`, of: `de la ${name}`, is: 'se trouve' };
}

function it(code, name) {
  if (has('US AE', code)) return { the: `gli ${name}`, of: `degli ${name}`, is: 'si trovano' };
  if (has('NL', code)) return { the: `i ${name}`, of: `dei ${name}`, is: 'si trovano' };
  if (has('PH FJ', code)) return { the: `le ${name}`, of: `delle ${name}`, is: 'si trovano' };
  if (has('CU MT CY HT BB', code)) return { the: name, of: `di ${name}`, is: 'si trova' };
  if (vowel.test(name)) return { the: `l'${name}`, of: `dell'${name}`, is: 'si trova' };
  const masculine = has('KE GH BW NI VE CA RW', code) || (!/a$/.test(name) && !has('KR KP SL', code));
  if (!masculine) return { the: `la ${name}`, of: `della ${name}`, is: 'si trova' };
  return /^(Z|S[^aeiou])/.test(name)
    ? { the: `lo ${name}`, of: `dello ${name}`, is: 'si trova' }
    : { the: `il ${name}`, of: `del ${name}`, is: 'si trova' };
}

const germanForms = {
  US: ['die Vereinigten Staaten', 'der Vereinigten Staaten', 'liegen'],
  AE: ['die Vereinigten Arabischen Emirate', 'der Vereinigten Arabischen Emirate', 'liegen'],
  GB: ['das Vereinigte Königreich', 'des Vereinigten Königreichs', 'liegt'],
};

function de(code, name) {
  if (germanForms[code]) {
    const [the, of, is] = germanForms[code];
    return { the, of, is };
  }
  if (has('NL PH', code)) return { the: `die ${name}`, of: `der ${name}`, is: 'liegen' };
  if (has('CH TR UA SK MN', code)) return { the: `die ${name}`, of: `der ${name}`, is: 'liegt' };
  if (has('IR IQ LB SD TD SN NE', code)) return { the: `der ${name}`, of: `des ${name}`, is: 'liegt' };
  return { the: name, of: `von ${name}`, is: 'liegt' };
}

const rules = { en, es, fr, it, de };

/** Country phrases of one language: {name, the, The, of, is}. */
export function countryPhrases(language, code, name) {
  const phrases = rules[language](code, name);
  return { name, The: upper(phrases.the), ...phrases };
}

/** A language's name after "is": French "le russe", Italian "lo spagnolo", German "Russisch". */
export function languagePhrase(language, name) {
  if (language === 'es') return `el ${name}`;
  if (language === 'fr') return vowel.test(name) && !/^(hindi|hongrois)/.test(name) ? `l'${name}` : `le ${name}`;
  if (language === 'it') {
    if (vowel.test(name)) return `l'${name}`;
    return /^(z|s[^aeiou])/.test(name) ? `lo ${name}` : `il ${name}`;
  }
  return name;
}
