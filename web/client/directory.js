/**
 * Names behind ids: participants of the session and units of the study, in the reader's language.
 */

/** @typedef {{id: string, name: string, role?: string, unit: string | null}} Participant */
/** @typedef {{id: string, en: string, zh: string, kind?: string, aliases?: readonly string[]}} Unit */

export class Directory {
  /**
   * @param {readonly Unit[]} units in protocol order
   * @param {string} language
   * @param {Participant} me
   */
  constructor(units, language, me) {
    this.units = units;
    this.language = language;
    this.me = me;
    /** @type {Map<string, Participant>} */
    this.people = new Map([[me.id, me]]);
    this.unitById = new Map(units.map((unit) => [unit.id, unit]));
  }

  /**
   * Remembers people: the session's list, or who came since.
   * @param {Iterable<Participant>} people
   * @returns {boolean} whether anybody was new
   */
  learn(people) {
    const before = this.people.size;
    for (const person of people) {
      if (person.id) this.people.set(person.id, { ...this.people.get(person.id), ...person });
    }
    return this.people.size !== before;
  }

  /** @param {string | null} id */
  name(id) {
    return (id && this.people.get(id)?.name) || "";
  }

  /** @param {string | null} id */
  unit(id) {
    const unit = id ? this.unitById.get(id) : undefined;
    if (!unit) return "";
    return this.language === "zh" ? unit.zh || unit.en : unit.en || unit.zh;
  }

  /** Participants by name, in the order of the reader's language. */
  sorted() {
    const collator = new Intl.Collator(this.language);
    return [...this.people.values()].sort((a, b) => collator.compare(a.name, b.name));
  }
}
