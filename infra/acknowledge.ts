import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts findings of a check at one place, each with the reason a reviewer needs. */
export function acknowledge(place: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(place).acknowledge({ id, reason });
}
