/** Conditions of a hand-written query, joined by AND, with their numbered parameters. */
export class SqlConditions {
  readonly parameters: unknown[] = [];
  private readonly parts: string[] = [];

  /** Adds a value; gives its placeholder, cast to `type`. */
  value(value: unknown, type: string): string {
    this.parameters.push(value);
    return `$${this.parameters.length}::${type}`;
  }

  and(condition: string): this {
    this.parts.push(`(${condition})`);
    return this;
  }

  /** `column = value`, when there is a value. */
  equals(column: string, value: string | undefined, type = 'text'): this {
    return value === undefined ? this : this.and(`${column} = ${this.value(value, type)}`);
  }

  get sql(): string {
    return this.parts.length === 0 ? 'true' : this.parts.join(' and ');
  }
}
