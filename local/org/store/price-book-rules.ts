import { type RowError, rowError } from './errors.ts';
import type { ObjectRule, RowLookup, RuleInput } from './object-rules.ts';

/**
 * PricebookEntry: a standard price comes first, each product has one entry per price book and currency, and an entry that
 * follows the standard price takes no price of its own (Object Reference, PricebookEntry).
 */
export const priceBookEntryRule: ObjectRule = {
  prepare({ after, before, given, rows }) {
    const priceGiven = [...given.keys()].some((field) => field.name === 'UnitPrice');
    if (after['UseStandardPrice'] !== true) return [];
    // Only the code is documented; the wording is ours.
    if (priceGiven) {
      const message =
        'field integrity exception: UnitPrice (unit price cannot be set while the standard price is used)';
      return [rowError('FIELD_INTEGRITY_EXCEPTION', message, ['UnitPrice'])];
    }
    const standard = standardEntry(rows, after, before?.Id);
    if (standard !== undefined) after['UnitPrice'] = standard['UnitPrice'] ?? null;
    return [];
  },
  check(input) {
    return input.before === undefined ? checkNewEntry(input) : [];
  },
};

function checkNewEntry({ after, rows }: RuleInput): readonly RowError[] {
  const twin = entriesOf(rows, after).find((entry) => entry['Pricebook2Id'] === after['Pricebook2Id']);
  if (twin !== undefined) {
    return [rowError('DUPLICATE_VALUE', 'This price definition already exists in this price book')];
  }
  const book = rows.get('Pricebook2', String(after['Pricebook2Id']));
  if (book?.['IsStandard'] !== true && standardEntry(rows, after, undefined) === undefined) {
    return [rowError('STANDARD_PRICE_NOT_DEFINED', 'No standard price defined for this product')];
  }
  const product = rows.get('Product2', String(after['Product2Id']));
  after['Name'] = product?.['Name'] ?? null;
  after['ProductCode'] = product?.['ProductCode'] ?? null;
  return [];
}

function entriesOf(rows: RowLookup, after: RuleInput['after']) {
  const product = after['Product2Id'] ?? null;
  const currency = after['CurrencyIsoCode'] ?? null;
  return rows
    .idsWith('PricebookEntry', 'Product2Id', product)
    .map((id) => rows.get('PricebookEntry', id))
    .filter((entry) => entry !== undefined)
    .filter((entry) => (entry['CurrencyIsoCode'] ?? null) === currency);
}

function standardEntry(rows: RowLookup, after: RuleInput['after'], exceptId: string | undefined) {
  return entriesOf(rows, after).find(
    (entry) => entry.Id !== exceptId && rows.get('Pricebook2', String(entry['Pricebook2Id']))?.['IsStandard'] === true,
  );
}
