import { scalarText } from '../../shared/salesforce/exact-json.ts';
import { toId18 } from '../../shared/salesforce/ids.ts';

/**
 * Which row a key names, as Salesforce compares keys: an Id in its short or long form, a text without regard to case and to
 * blanks around it, unless the field says otherwise.
 *
 * @returns undefined when the value is no key.
 */
export function rowKey(object: string, keyField: string, value: unknown, isCaseSensitive: boolean): string | undefined {
  return rowKeyReader(object, keyField, isCaseSensitive)(value);
}

/** {@link rowKey} for many values of one field. */
export function rowKeyReader(
  object: string,
  keyField: string,
  isCaseSensitive: boolean,
): (value: unknown) => string | undefined {
  const place = `${object} ${keyField} `.toLowerCase();
  const isId = keyField.toLowerCase() === 'id';
  return (value) => {
    const text = scalarText(value)?.trim() ?? '';
    if (text === '') return undefined;
    if (isId) return place + (toId18(text) ?? text);
    return place + (isCaseSensitive ? text : text.toLowerCase());
  };
}

/** How a row names its parent, in the case it has there. */
export function parentName(object: string, field: string, value: unknown): string | undefined {
  return rowKey(object, field, value, true);
}

/** Of a name or key: case never tells identities apart, so at worst a row waits in vain for another one. */
export function identityOf(name: string): string {
  return name.toLowerCase();
}
