import type { ObjectDefinition } from '../store/definitions.ts';
import type { Schema } from '../store/schema.ts';

/** `AccountChangeEvent`, `Order__ChangeEvent`: what the change events of an object are called. */
export function changeEventName(objectName: string): string {
  return objectName.endsWith('__c') ? `${objectName.slice(0, -1)}ChangeEvent` : `${objectName}ChangeEvent`;
}

/** The object whose change events have this name. Such names are case-sensitive. */
export function objectOfChangeEvent(name: string, schema: Schema): ObjectDefinition | undefined {
  const base = name.endsWith('ChangeEvent') ? name.slice(0, -'ChangeEvent'.length) : '';
  const objectName = base.endsWith('__') ? `${base}c` : base;
  const object = schema.find(objectName);
  return object?.name === objectName && object.kind === 'object' ? object : undefined;
}

export function platformEventNamed(name: string, schema: Schema): ObjectDefinition | undefined {
  const object = schema.find(name);
  return object?.name === name && object.kind === 'platformEvent' ? object : undefined;
}
