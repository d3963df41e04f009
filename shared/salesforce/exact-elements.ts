import { hasManyDigits, parseExact, parseShortNumbers, splitArray } from './exact-json.ts';

/** An element of a JSON array, with its text as it arrived. */
export interface ExactElement {
  readonly value: unknown;
  /** Cut out of the array's text when it is asked for first: few are. */
  readonly text: string;
  /** Its share of the array's text, in characters. */
  readonly size: number;
}

/**
 * Parses each element of a JSON array as {@link parseExact} does, all at once where that makes no difference.
 *
 * @returns the value itself as the only element when the text is not an array.
 * @throws SyntaxError
 */
export function parseElements(text: string): readonly ExactElement[] {
  if (hasManyDigits(text)) {
    // The long way is for those elements only that need it.
    const texts = splitArray(text) ?? [text];
    return texts.map((each) => ({ value: parseExact(each), text: each, size: each.length }));
  }
  const parsed = parseShortNumbers(text);
  if (!Array.isArray(parsed)) return [{ value: parsed, text, size: text.length }];
  const cut = new ArrayText(text);
  return parsed.map((value, index) => new ElementOfArray(value, cut, index, Math.ceil(text.length / parsed.length)));
}

class ArrayText {
  readonly #text: string;
  #elements: readonly string[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  at(index: number): string {
    this.#elements ??= splitArray(this.#text) ?? [];
    return this.#elements[index] ?? '';
  }
}

/** A class, so that its getter is made once and not for every element. */
class ElementOfArray implements ExactElement {
  readonly value: unknown;
  readonly size: number;
  readonly #array: ArrayText;
  readonly #index: number;

  constructor(value: unknown, array: ArrayText, index: number, size: number) {
    this.value = value;
    this.size = size;
    this.#array = array;
    this.#index = index;
  }

  get text(): string {
    return this.#array.at(this.#index);
  }
}
