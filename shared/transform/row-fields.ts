/** A row's fields by API name; null clears a field, a nested object names a parent by its external ID. */
export type RowFields = Readonly<Record<string, FieldValue>>;
export type FieldValue = string | number | boolean | null | Readonly<Record<string, string | number>>;

/** A row's fields as a transform leaves them; undefined is the same as absent. */
export type RowInput = Readonly<Record<string, FieldValue | undefined>>;
