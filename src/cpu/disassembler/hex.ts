/** A number as both syntaxes print it: `0x10`, `-0x8`. */
export const hex = (value: number): string => `${value < 0 ? '-' : ''}0x${Math.abs(value).toString(16)}`;
